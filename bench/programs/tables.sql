create table numbers (n integer primary key, text text, half real);
with recursive count(i) as (select 1 union all select i + 1 from count where i < :rows)
  insert into numbers select i, hex(i * 7919 % 100003), i * 0.5 from count;
create index texts on numbers (text);
select count(*), sum(length(text)), avg(half) from numbers where text > '3';
select sum(u.n) from numbers t join numbers u on t.text = u.text where t.n < 50000;
select substr(text, 1, 2), count(*), max(n) from numbers group by 1 order by 2 desc, 1 limit 5;
update numbers set half = half + n % 7 where n % 3 = 0;
select count(*) from numbers where text like '%33%';
select total(half) from numbers;
delete from numbers where n % 2 = 0;
select json_group_array(n) from (select n from numbers order by text desc limit 10);
