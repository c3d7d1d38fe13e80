#pragma once

#include <cstddef>

#include "../support/allocator.hpp"

namespace xgrad::kernels {

/// Memory for n elements, not initialised, while a kernel runs. It comes from the library's
/// allocator, so that a failure is a MemoryError.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::size_t n)
      : size_(n), elements_(static_cast<T*>(memory::allocate(n * sizeof(T)))) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { memory::deallocate(elements_, size_ * sizeof(T)); }

  T* begin() noexcept { return elements_; }
  T* end() noexcept { return elements_ + size_; }
  T& operator[](std::size_t i) noexcept { return elements_[i]; }

 private:
  std::size_t size_;
  T* elements_;
};

}  // namespace xgrad::kernels
