#pragma once

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>

#include "autograd/error.hpp"
#include "examples/support/output_file.hpp"

namespace xgrad::examples {

/// Accepts the numbers for which `allowed` holds; `words` say which, in help and messages.
template <class T, class F>
CLI::Validator numbers(const std::string& words, F allowed) {
  const auto check = [=](const std::string& text) -> std::string {
    T value{};
    if (CLI::detail::lexical_cast(text, value) && allowed(value)) return "";
    return "'" + text + "' is not a number " + words;
  };
  return {check, words, ""};
}
template <class T>
CLI::Validator between(T low, T high) {
  std::ostringstream words;
  words << "from " << low << " to " << high;
  return numbers<T>(words.str(), [=](T value) { return low <= value && value <= high; });
}
inline const CLI::Validator positive =
    numbers<double>("above 0", [](double value) { return value > 0 && std::isfinite(value); });
inline const CLI::Validator not_negative =
    numbers<double>("from 0", [](double value) { return value >= 0 && std::isfinite(value); });

/// Reads the command line into the options of `app`. Returns the exit status where the program is
/// to end at once: 0 after --help, 1 after a mistake, which it explains on stderr.
inline std::optional<int> parse(CLI::App& app, int argc, char** argv) {
  // CLI11 reads -1 as the largest unsigned number.
  const auto refuse_sign = [](const std::string& text) -> std::string {
    return text.starts_with('-') ? "'" + text + "' is not a whole number from 0" : "";
  };
  for (CLI::Option* option : app.get_options())
    if (option->get_type_name().starts_with("UINT"))
      option->check(CLI::Validator(refuse_sign, "", ""));
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 1;
  }
}

/// @name Options that several programs take
/// @{

/// --plot FILE: draws `what`.
inline void add_plot(CLI::App& app, std::string& path, const std::string& what) {
  app.add_option("--plot", path, "Draw " + what + " here, .svg or .png (gnuplot)")
      ->type_name("FILE");
}

inline void add_seed(CLI::App& app, std::uint64_t& seed) {
  app.add_option("--seed", seed, "Seed of everything random")->capture_default_str();
}

inline void add_threads(CLI::App& app, std::size_t& threads) {
  app.add_option("--threads", threads, "Threads to compute with")
      ->check(between(1, 1024))
      ->capture_default_str();
}

/// --save and --load for the network, --checkpoint and --resume for the training.
inline void add_files(CLI::App& app, Files& files) {
  app.add_option("--save", files.save, "Write the trained network here, as safetensors")
      ->type_name("FILE");
  app.add_option("--load", files.load, "Start from the network that --save wrote here")
      ->type_name("FILE");
  auto* checkpoint = app.add_option("--checkpoint", files.checkpoint,
                                    "Write all that training depends on here after every epoch")
                         ->type_name("FILE");
  app.add_flag("--resume", files.resume,
               "Continue from --checkpoint; with the options of the run that wrote it, the result "
               "is that of a run that was never interrupted")
      ->needs(checkpoint);
}

/// --data DIR, with MNIST or a data set of its form.
inline void add_idx_data(CLI::App& app, std::string& directory) {
  app.add_option("--data", directory, "Directory with the four IDX files, plain or .gz")
      ->type_name("DIR")
      ->capture_default_str();
}

/// Which of the training images are used, and for what.
inline void add_training_images(CLI::App& app, std::size_t& limit, double& validation_split) {
  app.add_option("--limit", limit,
                 "Use this many of the training images, held out ones included; 0: all")
      ->capture_default_str();
  app.add_option("--validation-split", validation_split,
                 "Share of these that is held out and evaluated after every epoch")
      ->check(between(0.01, 0.99))
      ->capture_default_str();
}
/// @}

/// Runs the body of a program, which returns its exit status. An exception, or output that cannot
/// be written, ends it with its message on stderr and status 1.
template <class F>
int run(const char* program, F&& body) {
  try {
    const int status = body();
    if (!std::cout.flush() || std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      throw IoError("standard output cannot be written, as on a full disk; what it lacks is lost");
    return status;
  } catch (const std::exception& error) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s: %s\n", program, error.what());
    return 1;
  }
}

}  // namespace xgrad::examples
