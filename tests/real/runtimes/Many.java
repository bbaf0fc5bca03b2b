import java.util.*; import java.util.concurrent.*; import java.util.concurrent.atomic.*;
public class Many {
  static class Node { Node next; int v; int[] pad = new int[16]; }
  static int nulls(Node[] ns) { int c = 0; for (int i = 0; i < 20000; i++) { try { c += ns[i % ns.length].v; } catch (NullPointerException e) { c++; } } return c; }
  static int thrower(int d) { if (d == 0) throw new IllegalStateException("deep"); return thrower(d - 1) + 1; }
  static int depth; static void overflow() { depth++; overflow(); }
  public static void main(String[] a) throws Exception {
    ExecutorService ex = Executors.newFixedThreadPool(8); List<Future<Long>> fs = new ArrayList<>(); AtomicLong al = new AtomicLong(); Object lock = new Object(); long[] cnt = {0};
    for (int t = 0; t < 16; t++) { final int tt = t; fs.add(ex.submit(() -> { long s = 0; Node[] ns = new Node[5]; for (int i = 0; i < 4; i++) { ns[i] = new Node(); ns[i].v = i; }
      s += nulls(ns); for (int i = 0; i < 200; i++) { try { thrower(20); } catch (IllegalStateException e) { s += e.getMessage().length(); } }
      Node head = null; for (int i = 0; i < 60000; i++) { Node n = new Node(); n.v = i; if (i % 10 == 0) { n.next = head; head = n; } } for (Node n = head; n != null; n = n.next) s += n.v;
      Map<String,Integer> m = new HashMap<>(); for (int i = 0; i < 5000; i++) m.merge("k" + i % 97, 1, Integer::sum); s += m.get("k5");
      for (int i = 0; i < 5000; i++) { al.incrementAndGet(); synchronized (lock) { cnt[0]++; } }
      try { int[] z = new int[3]; s += z[tt]; } catch (ArrayIndexOutOfBoundsException e) { s += 3; } try { s += 10 / (tt - tt); } catch (ArithmeticException e) { s += 5; }
      return s; })); }
    long total = 0; for (Future<Long> f : fs) total += f.get(); ex.shutdown(); System.gc();
    try { overflow(); } catch (StackOverflowError e) { System.out.println("SOE " + (depth > 500)); }
    double x = 0; for (int i = 1; i < 100000; i++) x += Math.sin(i) / i; 
    System.out.printf("%d %d %d %.9f%n", total, al.get(), cnt[0], x);
  }
}
