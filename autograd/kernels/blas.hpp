#pragma once

#include <cstddef>

namespace xgrad::kernels {

/// Lives while OpenBLAS is called, by `threads` threads at once. OpenBLAS is told, once, to leave
/// threading to us: its own makes small products slower, and the last digits depend on the number
/// of threads. Errors: MemoryError where OpenBLAS would find no memory to work in.
class BlasUse {
 public:
  explicit BlasUse(std::size_t threads = 1);
  ~BlasUse();
  BlasUse(const BlasUse&) = delete;
  BlasUse& operator=(const BlasUse&) = delete;

 private:
  std::size_t threads_;
};

}  // namespace xgrad::kernels
