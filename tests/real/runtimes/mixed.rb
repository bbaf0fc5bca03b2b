def fib(n) n < 2 ? n : fib(n-1) + fib(n-2) end
puts fib(22)
th = 8.times.map { |i| Thread.new { s = 0; 20000.times { |k| s += k * i }; s } }
puts th.sum(&:value)
q = Queue.new; c = Thread.new { s = 0; while (v = q.pop) != :end; s += v; end; s }; 5000.times { |i| q << i }; q << :end; puts c.value
pids = 4.times.map { |i| fork { GC.start; exit! i } }; puts pids.map { |p| Process.wait2(p)[1].exitstatus }.sum
r, w = IO.pipe; if fork then w.close; puts r.read; Process.wait else r.close; w.write "from child"; exit! 0 end
trap('USR1') { $got = ($got || 0) + 1 }; 10.times { Process.kill('USR1', $$); sleep 0.005 }; puts $got
puts `echo sub`.strip, $?.exitstatus
begin; raise 'x'; rescue => e; puts e.message; end
def rec(n) rec(n + 1) end
begin; rec(0); rescue SystemStackError => e; puts e.class; end
puts (1..200).inject(:*).to_s.size, ObjectSpace.count_objects.key?(:TOTAL)
puts IO.popen(['sh', '-c', 'echo pop']).read
