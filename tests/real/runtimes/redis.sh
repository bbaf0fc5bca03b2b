rm -f redis.log
redis-server --port 7391 --bind 127.0.0.1 --save '' --daemonize no --logfile redis.log --dir . &
server=$!
for try in $(seq 50); do redis-cli -p 7391 ping 2>/dev/null | grep -q PONG && break; sleep 0.2; done
redis-benchmark -p 7391 -n ${REQUESTS:-2000} -q -c 20 -P 4 2>&1 | tr '\r' '\n' | grep -c 'requests per second'
redis-cli -p 7391 set key value
redis-cli -p 7391 eval 'local s = 0 for i = 1, 1000 do s = s + i end return {s, redis.call("get", KEYS[1])}' 1 key
redis-cli -p 7391 bgsave
until redis-cli -p 7391 info persistence | grep -q "rdb_bgsave_in_progress:0"; do sleep 0.1; done
redis-cli -p 7391 shutdown nosave
wait $server
echo server $?
grep -c 'Background saving terminated with success' redis.log
