#include "early_stopping.hpp"

#include <cmath>

#include "../autograd/support/str.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::training {
EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : options_(options), best_(options.mode, options.min_delta) {
  if (options.patience < 1)
    throw ValueError(str("EarlyStopping: patience is ", options.patience, "; expected at least 1"));
  expect_not_negative("EarlyStopping", "min_delta", options.min_delta);
}

bool EarlyStopping::step(double metric) {
  num_bad_epochs_ = best_.update(metric) ? 0 : num_bad_epochs_ + 1;
  return num_bad_epochs_ >= options_.patience;
}

std::vector<optim::Option> EarlyStopping::fields() {
  return {{"best", &best_.value(), optim::Allowed::any},
          {"num_bad_epochs", &num_bad_epochs_, optim::Allowed::non_negative}};
}

optim::OptionTexts EarlyStopping::state_dict() const {
  return optim::to_texts(EarlyStopping(*this).fields());
}

void EarlyStopping::load_state_dict(const optim::OptionTexts& saved) {
  EarlyStopping loaded = *this;
  optim::from_texts(saved, loaded.fields(), "EarlyStopping");
  optim::check_ranges("EarlyStopping", loaded.fields());
  if (std::isnan(loaded.best()))
    throw ValueError("EarlyStopping: best is nan, which no metric is better than");
  *this = loaded;
}

}  // namespace xgrad::training
