# The model of docs/distributed.md: prints its tables and draws docs/distributed.svg.
#     gnuplot benchmarks/distributed_model.gp

# Measured on one rank (benchmarks/distributed): µs of a step of b samples. Bytes of all gradients, and
# of the bucket that is full last, which holds the first layer.
mlp(b) = 150 + 15.5 * b        # 784-512-512-10
mlp_bytes = 4 * 669706.; mlp_last = 4 * 512 * 785.
lenet(b) = 30 + 23.9 * b       # LeNet-5
lenet_bytes = 4 * 61706.; lenet_last = lenet_bytes
copies = 14000.                # bytes per µs, into buckets and out of them

# Assumed networks: µs of a message, bytes per µs. Two ranks on one machine: measured.
latency_10 = 30.; bandwidth_10 = 1100.     # 10 Gb/s Ethernet, TCP
latency_100 = 3.; bandwidth_100 = 11000.   # 100 Gb/s with RDMA
latency_memory = 0.6; bandwidth_memory = 2700.

# Sum over p ranks of so many bytes (Thakur, Rabenseifner & Gropp 2005, section 4).
sum_time(p, bytes, latency, bandwidth) = \
  2 * log(p) / log(2) * latency + 2 * (p - 1.) / p * bytes / bandwidth
# Two thirds of a step are its backward pass. All buckets but the last travel meanwhile.
max(a, b) = a > b ? a : b
step(compute, p, bytes, last, l, w) = p == 1 ? compute : compute + bytes / copies + \
  max(sum_time(p, last, l, w), sum_time(p, bytes, l, w) - compute * 2 / 3)

set print "-"
print "Two ranks on one machine, µs"
print sprintf("784-512-512-10, 512: %.0f", step(mlp(256), 2, mlp_bytes, mlp_last, latency_memory, bandwidth_memory))
print sprintf("784-512-512-10, 64: %.0f", step(mlp(32), 2, mlp_bytes, mlp_last, latency_memory, bandwidth_memory))
print sprintf("LeNet-5, 64: %.0f\n", step(lenet(32), 2, lenet_bytes, lenet_last, latency_memory, bandwidth_memory))

array ranks[6] = [1, 4, 16, 64, 256, 1024]
header = "| | 1 | 4 | 16 | 64 | 256 | 1,024 |\n|---|---|---|---|---|---|---|"
print "Speed-up of a step, batch fixed over all ranks\n", header
do for [b in "1024 4096 16384"] {
  line(l, w, name) = sprintf("| 784-512-512-10, batch %s, %s |", b, name)
  do for [net in "10 100"] {
    l = net eq "10" ? latency_10 : latency_100
    w = net eq "10" ? bandwidth_10 : bandwidth_100
    text = line(l, w, net . " Gb/s")
    do for [i = 1:6] {
      p = ranks[i]
      text = text . (b / p < 1 ? " |" : sprintf(" %.1f |", mlp(b + 0) / step(mlp(b / p), p, mlp_bytes, mlp_last, l, w)))
    }
    print text
  }
}
print "\nShare of the time in which a rank computes, batch fixed on each rank\n", header
do for [b in "64 256"] {
  do for [net in "10 100"] {
    l = net eq "10" ? latency_10 : latency_100
    w = net eq "10" ? bandwidth_10 : bandwidth_100
    mlp_text = sprintf("| 784-512-512-10, %s each, %s Gb/s |", b, net)
    lenet_text = sprintf("| LeNet-5, %s each, %s Gb/s |", b, net)
    do for [i = 1:6] {
      p = ranks[i]
      mlp_text = mlp_text . sprintf(" %.0f %% |", 100 * mlp(b + 0) / step(mlp(b + 0), p, mlp_bytes, mlp_last, l, w))
      lenet_text = lenet_text . sprintf(" %.0f %% |", 100 * lenet(b + 0) / step(lenet(b + 0), p, lenet_bytes, lenet_last, l, w))
    }
    print mlp_text
    print lenet_text
  }
}

set terminal svg size 720,400 font "sans,13" background "white"
set output "docs/distributed.svg"
set logscale xy 2
set xlabel "ranks"
set ylabel "speed-up of a step"
set key top left
set grid
set title "784-512-512-10, batch of 16,384 over all ranks: the model"
set xrange [1:1024]
set samples 11
speedup(p, l, w) = mlp(16384) / step(mlp(16384 / p), p, mlp_bytes, mlp_last, l, w)
plot x title "ideal" with lines dashtype 2 linecolor "gray40", \
     speedup(x, latency_100, bandwidth_100) title "100 Gb/s" with linespoints pointtype 7, \
     speedup(x, latency_10, bandwidth_10) title "10 Gb/s" with linespoints pointtype 5
