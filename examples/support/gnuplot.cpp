#include "examples/support/gnuplot.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <memory>
#include <sstream>
#include <string_view>

#include "autograd/error.hpp"
#include "autograd/support/str.hpp"
#include "data/image.hpp"
#include "examples/support/output_file.hpp"

namespace xgrad::examples {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using TemporaryFile = std::unique_ptr<std::FILE, Close>;

TemporaryFile temporary_file() {
  TemporaryFile file(std::tmpfile());
  if (!file) throw IoError(str("gnuplot: no temporary file: ", std::strerror(errno)));
  return file;
}

std::string content(std::FILE* file) {
  std::rewind(file);
  std::string text;
  std::array<char, 4096> block{};
  while (const std::size_t n = std::fread(block.data(), 1, block.size(), file))
    text.append(block.data(), n);
  return text;
}

/// Runs gnuplot on a script. Script and messages pass through files, not pipes, so that neither
/// side ever waits for the other.
void run_gnuplot(const std::string& script) {
  const TemporaryFile input = temporary_file();
  const TemporaryFile output = temporary_file();
  if (std::fwrite(script.data(), 1, script.size(), input.get()) != script.size() ||
      std::fflush(input.get()) != 0)
    throw IoError(str("gnuplot: cannot write the script: ", std::strerror(errno)));
  std::rewind(input.get());

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(input.get()), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(output.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(output.get()), STDERR_FILENO);
  std::string program = "gnuplot";
  const std::array<char*, 2> arguments{program.data(), nullptr};
  pid_t child = 0;
  const int failure = posix_spawnp(&child, "gnuplot", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure == ENOENT)
    throw IoError("gnuplot: not installed; plots need it: apt-get install gnuplot-nox");
  if (failure != 0) throw IoError(str("gnuplot: cannot be run: ", std::strerror(failure)));

  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (status != 0) throw IoError(str("gnuplot: failed: ", content(output.get())));
}

/// A kind of figure: the ending of its files' names, the terminal that writes them, and the bytes
/// that the content ends with.
struct Format {
  std::string_view ending, terminal, last;
};
constexpr std::array formats{
    Format{".svg", "svg noenhanced background rgb 'white' font 'sans-serif,12'", "</svg>\n\n"},
    Format{".png", "pngcairo noenhanced font 'sans-serif,10'", "IEND\xAE\x42\x60\x82"},
    Format{".gif", "gif animate delay 25 optimize", ";"}};

/// Null if there is none for such a name.
const Format* format_of(const std::string& path) {
  const auto found =
      std::ranges::find(formats, std::filesystem::path(path).extension(), &Format::ending);
  return found == formats.end() ? nullptr : &*found;
}

/// Whether gnuplot has written all: it reports no disk that is full.
bool is_whole(const std::filesystem::path& file, const Format& format) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return text.ends_with(format.last);
}

}  // namespace

void check_plot(const std::string& option, const std::string& path) {
  if (!format_of(path) || path.ends_with(".gif"))
    throw ValueError(str(option, " ", path, ": expected a name that ends in .svg or .png"));
  check_writable(option, path);
  run_gnuplot("");
}

std::string rounded(double value, int digits) {
  std::ostringstream out;
  out << std::setprecision(digits) << value;
  return out.str();
}

void draw(const std::string& script, const std::string& path, const Canvas& canvas) {
  const std::filesystem::path partial = str(path, ".", getpid(), ".partial");
  const Format& format = *format_of(path);
  std::error_code failure;
  try {
    run_gnuplot(str("set terminal ", format.terminal, " size ", canvas.width, ",", canvas.height,
                    "\nset output ", quoted(partial.string()), "\n", script, "\nunset output\n"));
    if (!is_whole(partial, format))
      throw IoError(str("gnuplot: ", path, ": the figure is cut off, as on a full disk"));
    std::filesystem::rename(partial, path, failure);
    if (failure) throw IoError(str("gnuplot: ", path, ": ", failure.message()));
  } catch (...) {
    std::filesystem::remove(partial, failure);
    throw;
  }
}

void animate(const std::vector<std::string>& frames, const std::string& path) {
  const Tensor first = data::load_png(frames.at(0));
  std::string script =
      "set margins 0, 0, 0, 0\nset autoscale fix\nunset border\nunset tics\nunset key\n";
  for (const std::string& frame : frames)
    script += "plot " + quoted(frame) + " binary filetype=png with rgbimage\n";
  draw(script, path, {.width = first.size(-1), .height = first.size(-2)});
}

std::string quoted(std::string text) {
  // x^2 is x² in every figure, as in its sources.
  for (const auto& [plain, raised] :
       {std::pair{"^2", "²"}, std::pair{"^3", "³"}, std::pair{"^4", "⁴"}})
    for (std::size_t at; (at = text.find(plain)) != std::string::npos;)
      text.replace(at, std::string(plain).size(), raised);
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += c;  // gnuplot doubles a quote inside quotes
    result += c == '\n' ? ' ' : c;
  }
  return result + "'";
}

}  // namespace xgrad::examples
