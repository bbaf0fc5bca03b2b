# It refuses to run as root.
if [ "$(id -u)" = 0 ]; then
  chmod 777 .
  unshare -U true 2> /dev/null && exec unshare -U --map-user=1000 bash postgres.sh
  exec setpriv --reuid 1000 --clear-groups bash postgres.sh
fi
rm -rf pgdata
bin=/usr/lib/postgresql/15/bin
export PGHOST=127.0.0.1 PGPORT=7392 LC_ALL=C PGDATABASE=bench PGUSER=demo
$bin/initdb -D pgdata -U demo --no-locale -E UTF8 -A trust > initdb.log 2>&1; echo initdb $?
$bin/postgres -D pgdata -k "$PWD" -h $PGHOST -p $PGPORT > postgres.log 2>&1 &
server=$!
for try in $(seq 50); do $bin/pg_isready -q && break; sleep 0.2; done
$bin/createdb bench
$bin/pgbench -i -q -s 1 > pgbench-init.log 2>&1; echo filled $?
$bin/pgbench -c 8 -j 2 ${LENGTH:--t 100} 2>&1 | grep -E 'clients|actually|failed' | sed -E 's/(processed: )[0-9]+$/\1some/'
$bin/psql -At -c 'select count(*), sum(abalance) = (select sum(delta) from pgbench_history) from pgbench_accounts' -c 'select sum(x) from generate_series(1,200000) x' -c 'select 1/0' -c 'select md5(string_agg(x::text, $$,$$)) from generate_series(1,1000) x' 2>&1
kill -INT $server; wait $server; echo server $?
grep -cE 'PANIC|terminated by signal' postgres.log
