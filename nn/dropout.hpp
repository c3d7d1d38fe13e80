#pragma once

#include "module_of.hpp"

namespace xgrad::nn {

/// In training, sets each element to 0 with probability p and multiplies the others by 1 / (1 - p),
/// so that the expectation stays; otherwise returns x itself. p = 1 gives zeros. What is dropped is
/// 0, and so is its gradient, even if it is infinite or NaN. Throws ValueError unless 0 <= p <= 1;
/// in training, DTypeError for integers. Source: Srivastava et al. 2014, "Dropout: a simple way to
/// prevent neural networks from overfitting", JMLR 15.
Tensor dropout(const Tensor& x, double p = 0.5, bool training = true);

/// The same of whole channels of images (N, C, H, W) or (C, H, W). Throws also ShapeError for an x
/// of other dimensions. Source: Tompson et al. 2015, "Efficient object localization using
/// convolutional networks".
Tensor dropout2d(const Tensor& x, double p = 0.5, bool training = true);

/// dropout as a layer: on in training, off in evaluation. The constructor throws ValueError unless
/// 0 <= p <= 1; forward throws what dropout throws.
class Dropout : public Module {
 public:
  explicit Dropout(double p = 0.5);  ///< p: the probability to be 0
  Tensor forward(const Tensor& x) override { return dropout(x, p_, is_training()); }
  std::string extra_repr() const override { return detail::repr<double>({"p", p_}); }
  double p() const noexcept { return p_; }  ///< the probability to be 0
  XGRAD_FIELDS()

 private:
  double p_;
};

/// dropout2d as a layer, as Dropout.
class Dropout2d : public Module {
 public:
  explicit Dropout2d(double p = 0.5);  ///< p: the probability to be 0
  Tensor forward(const Tensor& x) override { return dropout2d(x, p_, is_training()); }
  std::string extra_repr() const override { return detail::repr<double>({"p", p_}); }
  double p() const noexcept { return p_; }  ///< the probability to be 0
  XGRAD_FIELDS()

 private:
  double p_;
};

}  // namespace xgrad::nn
