/** Numbers, objects, virtual calls, strings, collections, exceptions: N rounds. */
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

public class Loops {
    interface Shape { double area(); }
    record Square(double side) implements Shape { public double area() { return side * side; } }
    record Circle(double radius) implements Shape { public double area() { return 3 * radius * radius; } }
    record Bar(double a, double b) implements Shape { public double area() { return a * b; } }

    static long numbers(int n) {
        long s = 0;
        int[] a = new int[4096];
        for (int i = 0; i < n; i++) {
            a[i & 4095] += i ^ (int) s;
            s = s * 31 + a[(i * 7) & 4095];
        }
        return s;
    }

    static double shapes(int n) {
        Shape[] all = new Shape[300];
        for (int i = 0; i < all.length; i++) all[i] = i % 3 == 0 ? new Square(i) : i % 3 == 1 ? new Circle(i) : new Bar(i, 2);
        double s = 0;
        for (int i = 0; i < n; i++) s += all[i % all.length].area();
        return s;
    }

    static int strings(int n) {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < n; i++) counts.merge("k" + i % 2003, 1, Integer::sum);
        List<String> keys = new ArrayList<>(counts.keySet());
        keys.sort(null);
        StringBuilder text = new StringBuilder();
        for (String key : keys) text.append(key).append(counts.get(key));
        return text.toString().hashCode();
    }

    static int exceptions(int n) {
        int caught = 0;
        int[] none = null;
        for (int i = 0; i < n; i++) {
            try {
                if (i % 3 == 0) throw new IllegalStateException();
                if (i % 1000 == 1) caught += none.length;
            } catch (IllegalStateException | NullPointerException e) {
                caught++;
            }
        }
        return caught;
    }

    public static void main(String[] arguments) {
        int rounds = Integer.parseInt(arguments[0]);
        long sum = 0;
        for (int round = 0; round < rounds; round++)
            sum = sum * 7 + numbers(20_000_000) + (long) shapes(5_000_000) + strings(300_000) + exceptions(20_000);
        System.out.println(sum);
    }
}
