// Checkpoints, averages, early stopping, progress.

#include "world.hpp"

namespace xgrad::test {
namespace {

// The checkpoint's module belongs to a world, in which nothing may change.
training::CheckpointParts parts(World& w) { return {.module = w.net}; }

}  // namespace

// A table is read by its columns.
// clang-format off
std::vector<WrongCall> training_calls() {
  using namespace training;
  return {
      WRONG(ValueError, "training::Average::add", w.average.add(1, -1), "Average: ", "weight", "-1", "0 or more"),
      WRONG(ValueError, "training::Average::add", w.average.add(1, INFINITY), "Average: ", "weight", "inf", "finite"),
      WRONG(ValueError, "training::AveragedModel::AveragedModel", AveragedModel(w.net, {.decay = 1.5}), "AveragedModel: ", "decay", "1.5", "0 to 1"),
      WRONG(ValueError, "training::AveragedModel::update_parameters", w.averaged.update_parameters(w.right(nn::Linear(3, 4))), "AveragedModel: ", "missing", "hidden.weight"),
      WRONG(ShapeError, "training::AveragedModel::forward", w.averaged(zeros({2, 4})), "linear: ", "(2, 4)", "(4, 3)"),
      WRONG(ValueError, "training::BestCheckpoint::BestCheckpoint", { nn::ReLU r; BestCheckpoint b(r); }, "BestCheckpoint: ", "ReLU", "XGRAD_FIELDS"),
      WRONG(ValueError, "training::BestCheckpoint::restore", BestCheckpoint(w.net).restore(), "BestCheckpoint: ", "Net", "step"),
      WRONG(IoError, "training::BestCheckpoint::step", BestCheckpoint(w.net, {.path = w / "none/best"}).step(-1e9), "DIR/none/best", "No such file"),
      WRONG(ValueError, "training::BestCheckpoint::load_state_dict", w.best.load_state_dict({{}, {{"best", "1"}}}), "BestCheckpoint: ", "best", "1", "expected"),
      WRONG(ValueError, "training::BestCheckpoint::load_state_dict", w.best.load_state_dict({{}, {{"best", "good"}}}), "BestCheckpoint: ", "best", "good"),
      WRONG(ValueError, "training::BestCheckpoint::load_state_dict", w.best.load_state_dict({{{"a", w.a}}, {{"best", "1"}}}), "load_state_dict: ", "a", "hidden.weight"),
      WRONG(ValueError, "training::EarlyStopping::EarlyStopping", EarlyStopping({.patience = 0}), "EarlyStopping: ", "patience", "0", "at least 1"),
      WRONG(ValueError, "training::EarlyStopping::EarlyStopping", EarlyStopping({.min_delta = -1}), "EarlyStopping: ", "min_delta", "-1", "0 or more"),
      WRONG(ValueError, "training::EarlyStopping::load_state_dict", w.stopping.load_state_dict(with(w.stopping.state_dict(), "best", "nan")), "EarlyStopping: ", "best", "nan"),
      WRONG(ValueError, "training::EarlyStopping::load_state_dict", w.stopping.load_state_dict(with(w.stopping.state_dict(), "num_bad_epochs", "-1")), "EarlyStopping: ", "num_bad_epochs", "-1"),
      WRONG(ValueError, "training::EarlyStopping::load_state_dict", w.stopping.load_state_dict({}), "EarlyStopping: ", "best"),
      WRONG(ValueError, "training::Progress::Progress", Progress({.out = nullptr}), "Progress: ", "out"),
      WRONG(ValueError, "training::Progress::mean", Progress({.quiet = true}).mean("loss"), "Progress: ", "'loss'", "step()"),
      WRONG(IoError, "training::save_checkpoint", save_checkpoint(w / "none/run", parts(w)), "DIR/none/run", "No such file"),
      WRONG(ValueError, "training::save_checkpoint", { nn::ReLU r; save_checkpoint(w / "run.safetensors", {.module = r}); }, "save_checkpoint: ReLU", "DIR/run.safetensors", "XGRAD_FIELDS"),
      WRONG(ValueError, "training::save_checkpoint", save_checkpoint(w / "run.safetensors", parts(w), {.metadata = {{"a", "\xff"}}}), "save_safetensors: DIR/run.safetensors: ", "UTF-8"),
      WRONG(IoError, "training::load_checkpoint", load_checkpoint(w / "none", parts(w)), "DIR/none: ", "No such file"),
      WRONG(IoError, "training::load_checkpoint", load_checkpoint(w / "garbage", parts(w)), "DIR/garbage: ", "bytes"),
      WRONG(IoError, "training::load_checkpoint", load_checkpoint(w / "net.safetensors", parts(w)), "DIR/net.safetensors: ", "checkpoint"),
      WRONG(IoError, "training::load_checkpoint", load_checkpoint(w / "run.safetensors", {.module = w.net, .optimizer = &w.adam}), "DIR/run.safetensors: ", "optimizer"),
      WRONG(IoError, "training::load_checkpoint", { nn::Linear l(3, 4); load_checkpoint(w / "run.safetensors", {.module = w.right(l)}); }, "DIR/run.safetensors: ", "hidden.weight"),
      WRONG(IoError, "training::load_checkpoint", load_checkpoint(w / "run.safetensors", {.module = w.net, .early_stopping = &w.stopping}), "DIR/run.safetensors: ", "without early stopping"),
  };
}
// clang-format on

}  // namespace xgrad::test
