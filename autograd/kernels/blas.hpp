#pragma once

#include <cstddef>

namespace xgrad::kernels {

/// Lives while up to `threads` threads call OpenBLAS. The first one turns off OpenBLAS's own
/// threads, which make small products slower and the last digits depend on their number. Throws
/// MemoryError if OpenBLAS would find no memory to work in.
class BlasUse {
 public:
  explicit BlasUse(std::size_t threads = 1);
  ~BlasUse();
  BlasUse(const BlasUse&) = delete;
  BlasUse& operator=(const BlasUse&) = delete;

 private:
  std::size_t threads_;
};

/// The width of the registers that OpenBLAS's kernels for this processor use.
std::size_t blas_register_bytes();

}  // namespace xgrad::kernels
