#include "sequential.hpp"

#include "../autograd/support/str.hpp"

namespace xgrad::nn {

Module& AnyModule::operator*() const {
  if (module_) return *module_;
  throw ValueError("AnyModule: its module has been moved to another one; assign it a module first");
}

Tensor Sequential::forward(const Tensor& x) {
  Tensor y = x;
  for (AnyModule& module : modules_) y = module(y);
  return y;
}

Module& Sequential::operator[](std::size_t i) {
  if (i >= size())
    throw ValueError(str("Sequential: module ", i, " asked for; there are ", size()));
  return *modules_[i];
}

void Sequential::visit_fields(FieldVisitor& visitor) {
  for (std::size_t i = 0; i < modules_.size(); ++i)
    visit_field(visitor, std::to_string(i), modules_[i]);
}

}  // namespace xgrad::nn
