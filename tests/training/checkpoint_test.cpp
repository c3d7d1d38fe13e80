#include "training/checkpoint.hpp"

#include <memory>

#include "autograd/safetensors.hpp"
#include "nn/activation.hpp"
#include "nn/dropout.hpp"
#include "nn/linear.hpp"
#include "nn/loss.hpp"
#include "nn/sequential.hpp"
#include "nn/serialization.hpp"
#include "optim/adam.hpp"
#include "optim/lr_scheduler.hpp"
#include "optim/sgd.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"
#include "training/averaged_model.hpp"

namespace xgrad::test {
namespace {

using training::CheckpointInfo;
using training::CheckpointParts;
using training::load_checkpoint;
using training::save_checkpoint;

/// A small training run: everything that a checkpoint saves.
struct Training {
  explicit Training(std::size_t hidden = 5)
      : net(nn::Linear(3, hidden), nn::ReLU(), nn::Dropout(0.4), nn::Linear(hidden, 2)),
        adam(net.parameters(), {.lr = 0.01, .amsgrad = true}),
        schedule(adam, {.step_size = 2, .gamma = 0.7}),
        best(net),
        averaged(net, {.decay = 0.9}) {}

  CheckpointParts parts() {
    return {.module = net,
            .optimizer = &adam,
            .scheduler = &schedule,
            .early_stopping = &stopping,
            .best = &best,
            .averaged = &averaged};
  }

  void train(int epochs) {
    for (int i = 0; i < epochs; ++i) {
      for (int step = 0; step < 3; ++step) {
        adam.zero_grad();
        nn::mse_loss(net(randn({7, 3})), zeros({7, 2})).backward();
        adam.step();
        averaged.update_parameters(net);
      }
      schedule.step();
      if (train_metric) metric(rand({}).item<double>());
    }
  }

  nn::Sequential net;
  optim::Adam adam;
  optim::StepLR schedule;
  training::EarlyStopping stopping{{.patience = 4}};
  training::BestCheckpoint best;
  training::AveragedModel<nn::Sequential> averaged;
  bool stopped = false, train_metric = true;  ///< whether train() makes up a metric

  void metric(double value) {
    best.step(value);
    stopped = stopping.step(value);
  }
};

class Checkpoint : public ::testing::Test {
 protected:
  /// The bytes of a checkpoint of the run, and so of everything that it depends on.
  std::string state_of(Training& run) const {
    const std::string path = directory_ / "state";
    save_checkpoint(path, run.parts());
    return read_file(path);
  }
  /// The message with which load_checkpoint refuses the file, leaving the run as it was.
  std::string refusal(Training& run) const {
    const std::string before = state_of(run);
    const std::string text = ERROR_OF(IoError, load_checkpoint(path_, run.parts()));
    EXPECT_TRUE(text.starts_with(path_ + ": ")) << text;
    EXPECT_TRUE(state_of(run) == before) << "changed by what was refused: " << text;
    return text.substr(std::min(text.size(), path_.size() + 2));
  }

  /// The same for a changed copy of a valid file.
  std::string refusal_with(Training& run, Safetensors file, void (*change)(Safetensors&)) const {
    change(file);
    save_safetensors(path_, file.tensors, file.metadata);
    return refusal(run);
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "run.safetensors";
};

TEST_F(Checkpoint, AResumedRunGoesTheSameWay) {
  manual_seed(1);
  Training left_alone;
  left_alone.train(3);
  save_checkpoint(path_, left_alone.parts(), {.epoch = 3});
  left_alone.train(4);
  const std::string expected = state_of(left_alone);

  manual_seed(2);
  Training resumed;
  resumed.train(1);
  EXPECT_EQ(load_checkpoint(path_, resumed.parts()).epoch, 3);
  resumed.train(4);
  EXPECT_EQ(state_of(resumed), expected);
}

TEST_F(Checkpoint, AResumedRunStopsAndKeepsTheBestAsIfItHadNeverBeenInterrupted) {
  const double metrics[] = {3, 2, 4, 5, 2.5, 6, 1};  // best at 1, so that patience ends at 5
  const auto run = [&](Training& training, std::size_t from, std::size_t to) {
    std::size_t epoch = from;
    for (; epoch < to && !training.stopped; ++epoch) {
      training.train(1);
      training.metric(metrics[epoch]);
    }
    return epoch;
  };
  for (std::size_t killed = 0; killed <= 5; ++killed) {
    SCOPED_TRACE(killed);
    manual_seed(1);
    Training whole;
    whole.train_metric = false;
    manual_seed(2);
    const std::size_t last = run(whole, 0, 7);
    EXPECT_EQ(last, 6U);
    whole.best.restore();

    manual_seed(1);
    Training first;
    first.train_metric = false;
    manual_seed(2);
    run(first, 0, killed);
    save_checkpoint(path_, first.parts());
    manual_seed(3);
    Training resumed;
    resumed.train_metric = false;
    load_checkpoint(path_, resumed.parts());
    EXPECT_EQ(run(resumed, killed, 7), last);
    EXPECT_EQ(resumed.best.best(), 2);
    resumed.best.restore();
    EXPECT_EQ(state_of(resumed), state_of(whole));
  }
}

TEST_F(Checkpoint, HoldsEpochAndMetadata) {
  Training run;
  const CheckpointInfo info{.epoch = (std::int64_t{1} << 60) + 1,
                            .metadata = {{"note", "\"a\"\n\xe2\x82\xac"}, {"", "unnamed"}}};
  save_checkpoint(path_, run.parts(), info);
  const CheckpointInfo found = load_checkpoint(path_, run.parts());
  EXPECT_EQ(found.epoch, info.epoch);
  EXPECT_EQ(found.metadata, info.metadata);
  save_checkpoint(path_, run.parts());
  EXPECT_EQ(load_checkpoint(path_, run.parts()).epoch, 0);
  EXPECT_TRUE(load_checkpoint(path_, run.parts()).metadata.empty());
}

TEST_F(Checkpoint, IsAFileOfNamedTensors) {
  Training run;
  run.train(1);
  save_checkpoint(path_, run.parts());
  const Safetensors file = load_safetensors(path_);
  EXPECT_EQ(file.tensors.at("module.0.weight").to_vector<float>(),
            run.net.parameters()[0].to_vector<float>());
  EXPECT_TRUE(file.tensors.contains("optimizer.3.max_exp_avg_sq"));
  EXPECT_EQ(file.tensors.at("rng_state").shape(), (Shape{313}));
  EXPECT_EQ(file.metadata.at("optimizer.optimizer"), "Adam");
  EXPECT_EQ(file.metadata.at("scheduler.scheduler"), "StepLR");
}

TEST_F(Checkpoint, LoadsInPlace) {
  Training run;
  save_checkpoint(path_, run.parts());
  const Tensor weight = run.net.parameters()[0];
  load_checkpoint(path_, run.parts());
  EXPECT_TRUE(run.net.parameters()[0].is(weight));
  EXPECT_TRUE(run.net.parameters()[0].requires_grad());
}

TEST_F(Checkpoint, PartsMayBeLeftOut) {
  Training run;
  run.train(1);
  save_checkpoint(path_, run.parts(), {.epoch = 1});
  Training other;
  EXPECT_EQ(load_checkpoint(path_, {.module = other.net}).epoch, 1);
  EXPECT_EQ(other.net.parameters()[3].to_vector<float>(),
            run.net.parameters()[3].to_vector<float>());

  save_checkpoint(path_, {.module = run.net});
  EXPECT_EQ(refusal(other), "the checkpoint was saved without an optimizer");
  save_checkpoint(path_, {.module = run.net, .optimizer = &run.adam});
  EXPECT_EQ(refusal(other), "the checkpoint was saved without a scheduler");
  const auto without = [&](auto CheckpointParts::*part) {
    CheckpointParts parts = run.parts();
    parts.*part = nullptr;
    save_checkpoint(path_, parts);
    return refusal(other);
  };
  EXPECT_EQ(without(&CheckpointParts::early_stopping),
            "the checkpoint was saved without early stopping");
  EXPECT_EQ(without(&CheckpointParts::best), "the checkpoint was saved without the best weights");
  EXPECT_EQ(without(&CheckpointParts::averaged),
            "the checkpoint was saved without an averaged module");
}

TEST_F(Checkpoint, RefusesABestThatIsNone) {
  Training run;
  run.train(2);
  save_checkpoint(path_, run.parts());
  const Safetensors valid = load_safetensors(path_);
  const auto with = [&](auto change) { return refusal_with(run, valid, change); };
  expect_contains(with([](Safetensors& file) { file.metadata["best.best"] = "nan"; }),
                  {"BestCheckpoint: best is nan"});
  expect_contains(with([](Safetensors& file) { file.metadata["best.best"] = "inf"; }),
                  {"BestCheckpoint: best is inf with 4 tensors"});
  expect_contains(with([](Safetensors& file) { file.metadata["best.best"] = "?"; }), {"best"});
  expect_contains(with([](Safetensors& file) { file.tensors.erase("best.0.bias"); }),
                  {"load_state_dict", "missing: 0.bias"});
  expect_contains(with([](Safetensors& file) { file.tensors["best.0.bias"] = zeros({9}); }),
                  {"load_state_dict", "0.bias: expected (5,) float32, found (9,)"});
  expect_contains(with([](Safetensors& file) { file.metadata["early_stopping.best"] = "nan"; }),
                  {"EarlyStopping: best is nan"});
}

TEST_F(Checkpoint, RefusesOtherPartsAndChangesNothing) {
  Training run;
  run.train(2);
  save_checkpoint(path_, run.parts());
  Training wider(6);
  wider.train(1);
  EXPECT_TRUE(refusal(wider).starts_with("load_state_dict: the state does not fit Sequential:"));

  optim::SGD sgd(run.net.parameters(), {.lr = 0.1});
  save_checkpoint(path_, {.module = run.net, .optimizer = &sgd, .scheduler = &run.schedule});
  Training other;
  other.train(1);
  EXPECT_EQ(refusal(other), "load_state_dict: the state is that of 'SGD'; expected 'Adam'");

  optim::ExponentialLR exponential(run.adam, {.gamma = 0.5});
  save_checkpoint(path_, {.module = run.net, .optimizer = &run.adam, .scheduler = &exponential});
  EXPECT_EQ(refusal(other),
            "load_state_dict: the state is that of 'ExponentialLR'; expected 'StepLR'");
}

TEST_F(Checkpoint, RefusesWhatIsNoCheckpoint) {
  Training run;
  EXPECT_EQ(refusal(run), "cannot be opened: No such file or directory");
  nn::save(run.net, path_);
  EXPECT_EQ(refusal(run), "not a checkpoint; its metadata has no 'checkpoint'");

  save_checkpoint(path_, run.parts());
  const Safetensors valid = load_safetensors(path_);
  const auto with = [&](auto change) { return refusal_with(run, valid, change); };
  EXPECT_EQ(with([](Safetensors& file) { file.metadata["checkpoint"] = "2"; }),
            "a checkpoint of version '2'; expected '1'");
  expect_contains(with([](Safetensors& file) { file.metadata["epoch"] = "three"; }), {"epoch"});
  expect_contains(with([](Safetensors& file) { file.metadata.erase("epoch"); }), {"epoch"});
  EXPECT_EQ(with([](Safetensors& file) { file.tensors.erase("rng_state"); }),
            "set_rng_state: the state is an undefined tensor; expected int64, from "
            "get_rng_state()");
  EXPECT_EQ(with([](Safetensors& file) {
              file.tensors["rng_state"] = tensor({1, 2});
            }),
            "set_rng_state: the state has shape (2,); expected (313,)");
}

TEST_F(Checkpoint, NamesTheOperationWherePathsAreNone) {
  Training run;
  EXPECT_EQ(ERROR_OF(IoError, save_checkpoint("", run.parts())),
            "save_checkpoint: the path is empty; expected a file's name");
  EXPECT_EQ(ERROR_OF(IoError, load_checkpoint("", run.parts())),
            "load_checkpoint: the path is empty; expected a file's name");
}

TEST_F(Checkpoint, AFailedSaveLeavesTheOldOne) {
  Training run;
  save_checkpoint(path_, run.parts(), {.epoch = 1});
  EXPECT_THROW(save_checkpoint(path_, run.parts(), {.epoch = 2, .metadata = {{"\xff", ""}}}),
               ValueError);
  nn::ReLU nothing;
  EXPECT_EQ(ERROR_OF(ValueError, save_checkpoint(path_, {.module = nothing})),
            "save_checkpoint: ReLU has no parameters to write to " + path_ +
                "; name its fields with XGRAD_FIELDS");
  EXPECT_EQ(load_checkpoint(path_, run.parts()).epoch, 1);
}

}  // namespace
}  // namespace xgrad::test
