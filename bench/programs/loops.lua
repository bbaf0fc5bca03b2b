-- Numbers, tables, strings, closures, functions made at run time: N rounds. For Lua and LuaJIT.
local rounds = tonumber(arg[1])
local load = loadstring or load
local total = 0
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
for round = 1, rounds do
  local s = 0
  for i = 1, 1000000 do s = s + (i % 7) * 3 end
  total = total + s
  local t = {}
  for i = 1, 300000 do local k = i % 1000 + 1 t[k] = (t[k] or 0) + i * 1.5 end
  for _, v in ipairs(t) do total = total + v % 10 end
  total = total + fib(22)
  local q = {}
  for i = 1, 30000 do q[#q + 1] = tostring(i) end
  local joined = table.concat(q)
  local _, count = joined:gsub('1(%d)2', '%1')
  total = total + #joined + count
  table.sort(q)
  for i = 1, 60 do
    local f = load('return function(x) local s = 0 for i = 1, 300 do s = s + x * ' .. i .. ' end return s end')()
    total = total + f(i) % 10
  end
  local make = function(n) return function(x) n = n + x return n end end
  local counter = make(round)
  for i = 1, 100000 do counter(i % 3) end
  total = total + counter(0)
end
print(string.format('%.1f', total))
