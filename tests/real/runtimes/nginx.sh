rm -rf www; mkdir -p www/logs www/html
echo hello > www/html/index.html
head -c 300000 noise.bin > www/html/big
cat > www/nginx.conf <<'X'
daemon off; user root root; worker_processes 2; pid logs/pid; error_log logs/error.log; events { worker_connections 512; }
http { client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5; access_log logs/access.log; sendfile on; gzip on;
server { listen 127.0.0.1:7393; root html; location /echo { return 200 "echo $args\n"; } } }
X
nginx -p "$PWD/www" -c "$PWD/www/nginx.conf" &
server=$!
for try in $(seq 50); do [ -s www/logs/pid ] && break; sleep 0.2; done
cd www
# LOAD=host: somebody else makes the load, and says what came of it in a file.
load() { if [ "${LOAD:-}" = host ]; then until [ -s "loaded$1" ]; do sleep 0.1; done; cat "loaded$1"; else node ../load.mjs; fi; }
load 1
kill -HUP $(cat logs/pid); sleep 1
echo > restarted
load 2
kill -QUIT $server; wait $server; echo server $?
wc -l < logs/access.log
grep -vE 'notice|signal process started' logs/error.log
