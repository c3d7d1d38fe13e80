#include "training/averaged_model.hpp"

#include "autograd/grad_mode.hpp"
#include "autograd/support/str.hpp"
#include "nn/activation.hpp"
#include "nn/linear.hpp"
#include "nn/normalization.hpp"
#include "nn/sequential.hpp"
#include "nn/serialization.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using training::AveragedModel;

TEST(AveragedModel, AgreesWithPyTorch) {
  const json golden = read_golden("averaged_model.json");
  for (const json& c : golden.at("cases")) {
    const auto decay =
        c["decay"].is_null() ? std::nullopt : std::optional(c["decay"].get<double>());
    SCOPED_TRACE(str(decay ? *decay : -1.0, c["use_buffers"].get<bool>() ? " with buffers" : ""));
    nn::BatchNorm1d model(2);
    model.to(float64);
    AveragedModel average(model, {.decay = decay, .use_buffers = c["use_buffers"]});
    for (std::size_t step = 0; step < golden["models"].size(); ++step) {
      nn::StateDict values;
      for (const auto& [name, v] : golden["models"][step].items())
        values[name] = tensor(v.get<Doubles>(), {2});
      values["num_batches_tracked"] = tensor(static_cast<int>(step));
      model.load_state_dict(values);
      average.update_parameters(model);
      const nn::StateDict averaged = average.module.state_dict();
      for (const auto& [name, v] : c["averages"][step].items())
        expect_near(averaged.at(name), v.get<Doubles>());
      expect_values(averaged.at("num_batches_tracked"), {static_cast<double>(step)});
      if (!c["use_buffers"].get<bool>())
        expect_close(averaged.at("running_mean"), values["running_mean"], 0);
    }
    expect_values(average.n_averaged, {5});
  }
}

nn::Sequential network() {
  return nn::Sequential(nn::Linear(2, 3), nn::BatchNorm1d(3), nn::ReLU(), nn::Linear(3, 1));
}

TEST(AveragedModel, IsAModuleOfItsOwn) {
  manual_seed(1);
  nn::Sequential net = network();
  AveragedModel ema(net, {.decay = 0.5});
  ema.update_parameters(net);
  {
    const NoGrad guard;
    for (Tensor& parameter : net.parameters()) parameter.fill_(1);
  }
  const std::vector<float> before = ema.module.parameters()[0].to_vector<float>();
  EXPECT_NE(before, net.parameters()[0].to_vector<float>()) << "shares nothing with the model";
  ema.update_parameters(net);
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_FLOAT_EQ(ema.module.parameters()[0].to_vector<float>()[i], (before[i] + 1) / 2);

  net.eval();
  ema.eval();
  EXPECT_FALSE(ema.module.is_training());
  net.load_state_dict(ema.module.state_dict());
  const Tensor x = randn({4, 2});
  expect_close(ema(x), net(x), 0);
  EXPECT_EQ(ema.named_parameters()[0].first, "module.0.weight");

  const TemporaryDirectory directory;
  nn::save(ema, directory / "ema");
  AveragedModel loaded(network(), {.decay = 0.5});
  nn::load(loaded, directory / "ema");
  loaded.eval();
  expect_close(loaded(x), ema(x), 0);
  expect_values(loaded.n_averaged, {2});
  AveragedModel copy = ema.clone();
  copy.update_parameters(net);
  expect_values(ema.n_averaged, {2});
}

TEST(AveragedModel, WeightsThatOccurTwiceAreAveragedOnce) {
  struct Tied : nn::Module {
    nn::Linear first{2, 2, {.bias = false}}, second{2, 2, {.bias = false}};
    Tied() { second.weight = first.weight; }
    XGRAD_FIELDS(first, second)
    Tensor forward(const Tensor& x) override { return second(first(x)); }
  };
  Tied net;
  AveragedModel average(net);
  for (const int value : {1, 2, 6}) {
    const NoGrad guard;
    net.first.weight.fill_(value);
    average.update_parameters(net);
  }
  expect_values(average.module.first.weight, {3, 3, 3, 3});
  EXPECT_TRUE(average.module.first.weight.is(average.module.second.weight));
}

TEST(AveragedModel, RefusesWhatDoesNotFit) {
  const nn::Linear net(2, 3);
  EXPECT_EQ(ERROR_OF(ValueError, AveragedModel(net, {.decay = 1.5})),
            "AveragedModel: decay is 1.5; expected a fraction from 0 to 1");
  EXPECT_THROW(AveragedModel(net, {.decay = nan}), ValueError);
  AveragedModel average(net);
  for (int updates = 0; updates < 2; ++updates) {
    const std::vector<float> before = average.module.weight.to_vector<float>();
    expect_contains(ERROR_OF(ValueError, average.update_parameters(nn::Linear(2, 4))),
                    {"load_state_dict", "Linear", "weight: expected (3, 2)", "found (4, 2)"});
    expect_contains(ERROR_OF(ValueError, average.update_parameters(network())),
                    {"missing: bias", "unexpected: 0.weight"});
    EXPECT_EQ(average.module.weight.to_vector<float>(), before);
    expect_values(average.n_averaged, {static_cast<double>(updates)});
    average.update_parameters(net);
  }
}

}  // namespace
}  // namespace xgrad::test
