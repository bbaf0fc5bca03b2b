-- Everyday Lua: tables, closures, coroutines, strings, integers and floats.
local words = {}
for line in io.lines("words.txt") do for w in line:gmatch("%S+") do words[w] = (words[w] or 0) + 1 end end
local list = {}
for w in pairs(words) do list[#list + 1] = w end
table.sort(list, function(a, b) return words[a] > words[b] or (words[a] == words[b] and a < b) end)
for i = 1, 8 do print(list[i], words[list[i]]) end
print(string.format("%.14g %5.2f %x %q %10s|", 1 / 3, 2.345, 255, "a\nb", "right"), 7 // 2, -7 // 2, -7 % 3, 7.5 // 2, 1 << 62, 3 | 4 ~ 1)
print(math.maxinteger + 1 == math.mininteger, 2 ^ 53, 10 / 2, math.type(3), math.type(3.0), math.tointeger(8.0), 1e308 * 10, -(0 / 0) ~= 0)
local function primes(n)
  return coroutine.wrap(function()
    local sieve = {}
    for i = 2, n do
      if not sieve[i] then
        coroutine.yield(i)
        for j = i * i, n, i do sieve[j] = true end
      end
    end
  end)
end
local sum, count = 0, 0
for p in primes(20000) do sum, count = sum + p, count + 1 end
print(sum, count)
local mt = { __add = function(a, b) return { v = a.v + b.v } end, __index = function(_, k) return k .. "!" end }
local o = setmetatable({ v = 3 }, mt)
print((o + o).v, o.missing, select("#", 1, nil, 3), (pcall(error, { code = 1 })))
local s = string.rep("abc", 1000)
print(#s, s:find("ca", 500), s:gsub("b", "%0%0"):len(), ("x"):byte(), string.pack("<i4d", -2, 1.5):len(), utf8.char(26481, 20140))
math.randomseed(42)
local t = {}
for i = 1, 5000 do t[i] = (i * 7919) % 5003 end
table.sort(t)
print(t[1], t[2500], t[5000], table.concat(t, ",", 1, 10))
