// The smallest program: scripts/compare measures how long it takes from start to end. It prints the
// most memory that it had, in MB.

#include <sys/resource.h>

#include <cstdio>
#include <xgrad.hpp>

int main() {
  xgrad::Tensor x = xgrad::tensor({1.0, 2.0}, {.requires_grad = true});
  sum(x * x).backward();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%.1f\n", static_cast<double>(usage.ru_maxrss) * 1024 / 1e6);
}
