#include "fuzz.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/training_run.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xgrad;
  test::TrainingRun run;
  static const test::TemporaryDirectory directory;
  const auto state = [&] {
    training::save_checkpoint(directory / "state", run.parts());
    return test::read_file(directory / "state");
  };
  static const std::string before = state();
  const bool loaded = test::read_bytes(
      data, size, [&](const std::string& path) { training::load_checkpoint(path, run.parts()); });
  // What is refused changes nothing; what is loaded can be saved, and trained or refused.
  if (const std::string after = state(); !loaded && after != before) std::abort();
  if (!loaded) return 0;
  try {
    run.step();
  } catch (const Error&) {
  }
  return 0;
}
