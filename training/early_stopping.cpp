#include "early_stopping.hpp"

#include <cmath>

#include "../autograd/support/message.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::training {
namespace {

std::vector<optim::Option> list(double& best, std::int64_t& num_bad_epochs) {
  return {{"best", &best, optim::Allowed::any},
          {"num_bad_epochs", &num_bad_epochs, optim::Allowed::non_negative}};
}

}  // namespace

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : options_(options), best_(options.mode, options.min_delta) {
  if (options.patience < 1)
    throw ValueError(
        message("EarlyStopping: patience is ", options.patience, "; expected at least 1"));
  expect_not_negative("EarlyStopping", "min_delta", options.min_delta);
}

bool EarlyStopping::step(double metric) {
  num_bad_epochs_ = best_.update(metric) ? 0 : num_bad_epochs_ + 1;
  return num_bad_epochs_ >= options_.patience;
}

optim::OptionTexts EarlyStopping::state_dict() const {
  double best = best_.value();
  std::int64_t num_bad_epochs = num_bad_epochs_;
  return optim::to_texts(list(best, num_bad_epochs));
}

void EarlyStopping::load_state_dict(const optim::OptionTexts& saved) {
  double best = 0;
  std::int64_t num_bad_epochs = 0;
  const std::vector<optim::Option> options = list(best, num_bad_epochs);
  optim::from_texts(saved, options, "EarlyStopping");
  optim::check_ranges("EarlyStopping", options);
  if (std::isnan(best))
    throw ValueError("EarlyStopping: best is nan, which no metric is better than");
  best_.set(best);
  num_bad_epochs_ = num_bad_epochs;
}

}  // namespace xgrad::training
