#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <optional>

namespace xgrad::examples {

/// Reads the command line into the options of `app`. Returns the exit status where the program is
/// to end at once: 0 after --help, 1 after a mistake, which it explains on stderr.
inline std::optional<int> parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 1;
  }
}

/// Runs the body of a program, which returns its exit status. An exception ends it with its message
/// on stderr and status 1.
template <class F>
int run(const char* program, F&& body) {
  try {
    return body();
  } catch (const std::exception& error) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s: %s\n", program, error.what());
    return 1;
  }
}

}  // namespace xgrad::examples
