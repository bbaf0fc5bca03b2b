package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type node struct {
	l, r *node
	v    int
}

func tree(d int) *node {
	if d == 0 {
		return &node{v: 1}
	}
	return &node{tree(d - 1), tree(d - 1), d}
}
func (n *node) sum() int {
	if n.l == nil {
		return n.v
	}
	return n.v + n.l.sum() + n.r.sum()
}

var spin uint64

func busy(stop *int32) { // async preemption needed
	for x := uint64(1); ; x = x*6364136223846793005 + 1 {
		if x == 0 {
			atomic.AddUint64(&spin, 1)
		}
		if atomic.LoadInt32(stop) != 0 {
			return
		}
	}
}
func tight(n int) int {
	s := 0
	for i := 0; i < n; i++ {
		s += i ^ (s << 1)
	}
	return s
}
func nilp(p *node) (e error) {
	defer func() {
		if r := recover(); r != nil {
			e = fmt.Errorf("%v", r)
		}
	}()
	return fmt.Errorf("%d", p.v)
}

func main() {
	c := make(chan os.Signal, 10000)
	signal.Notify(c, syscall.SIGUSR1, syscall.Signal(63), syscall.Signal(64), syscall.SIGALRM)
	var stop int32
	for i := 0; i < 2; i++ {
		go busy(&stop)
	}
	var wg sync.WaitGroup
	var total int64
	for i := 0; i < 16; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 8; k++ {
				atomic.AddInt64(&total, int64(tree(10).sum()))
				if k%4 == 0 {
					runtime.GC()
				}
				tight(1000000)
			}
		}()
	}
	for i := 0; i < 100; i++ {
		syscall.Kill(os.Getpid(), syscall.SIGUSR1)
		syscall.Kill(os.Getpid(), syscall.Signal(63))
		syscall.Kill(os.Getpid(), syscall.Signal(64))
		if i%10 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	wg.Wait()
	nils := 0
	for i := 0; i < 1000; i++ {
		if nilp(nil) != nil {
			nils++
		}
	}
	ch := make(chan int)
	go func() {
		for i := 0; i < 20000; i++ {
			ch <- i
		}
		close(ch)
	}()
	s := 0
	for v := range ch {
		s += v
	}
	var mu sync.Mutex
	cnt := 0
	for i := 0; i < 50; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 200; k++ {
				mu.Lock()
				cnt++
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	atomic.StoreInt32(&stop, 1)
	time.Sleep(10 * time.Millisecond)
	got := map[os.Signal]bool{}
	for len(c) > 0 {
		got[<-c] = true
	}
	fmt.Println(total, s, cnt, nils, len(got))
}
