local ffi = require 'ffi'
ffi.cdef[[int printf(const char*, ...); int getpid(void); void qsort(void*, size_t, size_t, int (*)(const int*, const int*));]]
local s = 0 for i = 1, 1e7 do s = s + (i % 7) * 3 end print(s)
local t = {} for i = 1, 2e5 do t[i] = tostring(i) end print(#table.concat(t))
local a = ffi.new('int[100]') for i = 0, 99 do a[i] = (i * 37) % 101 end
ffi.C.qsort(a, 100, 4, function(x, y) return x[0] - y[0] end) print(a[0], a[50], a[99])
local function fib(n) if n < 2 then return n end return fib(n-1) + fib(n-2) end print(fib(27))
local co = coroutine.wrap(function() for i = 1, 1000 do coroutine.yield(i) end end) local c = 0 for i = 1, 1000 do c = c + co() end print(c)
for i=1,1000 do local f = loadstring('return function(x) local s = 0 for i = 1, 100 do s = s + x * '..i..' end return s end')() if i % 250 == 0 then print(f(i)) end end
print(pcall(error, 'x'), string.format('%.14g', math.sin(1)))
