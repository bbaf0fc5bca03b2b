create table items (id integer primary key, word text, value real, extra blob);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
insert into items select i, 'word' || (i * 7919 % 101), i * 1.37 / 3, zeroblob(i % 7) from n;
create index by_word on items (word, value);
select word, count(*), round(sum(value), 6), max(length(extra)) from items group by word order by 3 desc limit 7;
select avg(value), total(value), min(value), max(id), group_concat(id % 10, '') from items where word like 'word1%' and id < 300;
update items set value = value * 2 where id % 3 = 0;
delete from items where id % 5 = 0;
select count(*), sum(value) from items;
select a.word, b.id from items a join items b on a.word = b.word and b.id = a.id + 101 where a.id < 20 order by 1, 2;
select printf('%.10g %08.3f %x %s', 1.0 / 3, -2.5, 255, 'text'), substr('hello', 2, 3), 7 / 2, 7.0 / 2, 1e300 * 1e10, cast('12abc' as integer), round(2.5), abs(-3);
select word, value, row_number() over (partition by word order by value), sum(value) over (order by id rows 3 preceding) from items where id < 40 order by id;
select json_extract('{"a":[1,2,{"b":3.5}]}', '$.a[2].b'), json_group_array(id) from (select id from items limit 10);
create table t2 as select * from items order by value desc limit 100;
select quote(word), typeof(value), value from t2 order by id limit 5;
begin; delete from t2; rollback; select count(*) from t2;
pragma integrity_check;
select strftime('%Y-%m-%d', 1709210096, 'unixepoch'), julianday('2024-02-29'), date('2024-02-29', '+1 year');
explain query plan select * from items where word = 'word5' order by value;
