// The losses against PyTorch's values (tests/golden/nn_losses.py).

#include "autograd/ops/elementwise.hpp"
#include "golden.hpp"
#include "nn/loss.hpp"

namespace xgrad::test {
namespace {

using nlohmann::json;
using nn::Reduction;

/// A case, and its weights in the dtype of the scores.
struct Case {
  const json& golden;
  const json& tensors;
  DType dtype;

  Tensor weight(const char* name) const {
    if (!golden["weights"].contains(name)) return {};
    return golden_tensor(tensors[golden["weights"][name].get<std::string>()], {.dtype = dtype});
  }
  template <class T>
  T option(const char* name) const {
    return golden["options"].at(name).get<T>();
  }
  Reduction reduction() const {
    const auto name = option<std::string>("reduction");
    return name == "none"   ? Reduction::none
           : name == "mean" ? Reduction::mean
           : name == "sum"  ? Reduction::sum
                            : Reduction::batchmean;
  }
};

/// The loss as a function, and as a module.
struct Both {
  Tensor function;
  Tensor module;
};

template <class Module, class Options>
Both both(Tensor (*function)(const Tensor&, const Tensor&, const Options&), const Options& options,
          const Tensor& input, const Tensor& target) {
  return {function(input, target, options), Module(options)(input, target)};
}

Both loss_of(const Case& c, const Tensor& x, const Tensor& t) {
  const Reduction reduction = c.reduction();
  const std::string name = c.golden["loss"];
  if (name == "cross_entropy") {
    const json& options = c.golden["options"];
    return both<nn::CrossEntropyLoss>(nn::cross_entropy,
                                      {.weight = c.weight("weight"),
                                       .label_smoothing = c.option<double>("label_smoothing"),
                                       .ignore_index = options.value("ignore_index", -100),
                                       .reduction = reduction},
                                      x, t);
  }
  if (name == "nll_loss")
    return both<nn::NLLLoss>(nn::nll_loss,
                             {.weight = c.weight("weight"),
                              .ignore_index = c.option<int>("ignore_index"),
                              .reduction = reduction},
                             x, t);
  if (name == "mse_loss") return both<nn::MSELoss>(nn::mse_loss, {.reduction = reduction}, x, t);
  if (name == "l1_loss") return both<nn::L1Loss>(nn::l1_loss, {.reduction = reduction}, x, t);
  if (name == "huber_loss")
    return both<nn::HuberLoss>(nn::huber_loss,
                               {.delta = c.option<double>("delta"), .reduction = reduction}, x, t);
  if (name == "smooth_l1_loss")
    return both<nn::SmoothL1Loss>(nn::smooth_l1_loss,
                                  {.beta = c.option<double>("beta"), .reduction = reduction}, x, t);
  if (name == "binary_cross_entropy")
    return both<nn::BCELoss>(nn::binary_cross_entropy,
                             {.weight = c.weight("weight"), .reduction = reduction}, x, t);
  if (name == "binary_cross_entropy_with_logits")
    return both<nn::BCEWithLogitsLoss>(nn::binary_cross_entropy_with_logits,
                                       {.weight = c.weight("weight"),
                                        .pos_weight = c.weight("pos_weight"),
                                        .reduction = reduction},
                                       x, t);
  if (name == "kl_div")
    return both<nn::KLDivLoss>(
        nn::kl_div, {.log_target = c.option<bool>("log_target"), .reduction = reduction}, x, t);
  if (name == "hinge_embedding_loss")
    return both<nn::HingeEmbeddingLoss>(
        nn::hinge_embedding_loss, {.margin = c.option<double>("margin"), .reduction = reduction}, x,
        t);
  throw ValueError("no loss is called " + name);
}

TEST(LossGolden, EveryCombinationOfOptionsAsInPyTorch) {
  const json golden = read_golden("nn_losses.json");
  const json& tensors = golden["tensors"];
  ASSERT_EQ(golden["cases"].size(), 342U);
  for (const json& test : golden["cases"])
    for (const DType dtype : {float64, float32}) {
      SCOPED_TRACE(test["loss"].dump() + test["options"].dump() + test["weights"].dump() +
                   test["input"].dump() + test["target"].dump() + name(dtype));
      const json& target = tensors[test["target"].get<std::string>()];
      const bool labels = target["integers"];
      const bool both_gradients = test["gradients"].size() == 2;
      const Tensor x = golden_tensor(tensors[test["input"].get<std::string>()],
                                     {.dtype = dtype, .requires_grad = true});
      const Tensor t =
          golden_tensor(target, {.dtype = labels ? int64 : dtype, .requires_grad = both_gradients});

      const Both loss = loss_of({test, tensors, dtype}, x, t);
      expect_golden(loss.function, test["value"]);
      EXPECT_EQ(loss.module.to_vector<double>(), loss.function.to_vector<double>());
      loss.function.backward(golden_seed(loss.function));
      expect_golden(x.grad(), test["gradients"][0]);
      if (both_gradients) expect_golden(t.grad(), test["gradients"][1]);
    }
}

}  // namespace
}  // namespace xgrad::test
