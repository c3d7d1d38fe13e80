#pragma once

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

/// @file
/// Timing of rivals against each other, and Markdown tables of the results. The machine is shared
/// and noisy, so all rivals run in each round, one after the other, and the medians over the rounds
/// are compared.

extern "C" void openblas_set_num_threads(int);  // not of every cblas.h

namespace side_by_side {

using Clock = std::chrono::steady_clock;

struct Settings {
  std::size_t threads = 1;
  bool quick = false;
  double seconds = 1.5;  ///< that the rounds of one race take, as near as whole rounds allow

  /// "1 thread", "2 threads"
  std::string threads_text() const {
    return std::to_string(threads) + (threads == 1 ? " thread" : " threads");
  }
};

/// Reads the options `--threads N` and `--quick`, and `--plot FILE` where `plot` is to hold it.
/// Others end the program with status 2.
inline Settings parse(int argc, char** argv, std::string* plot = nullptr) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--quick") {
      settings.quick = true;
    } else if (option == "--threads" && i + 1 < argc && std::atoi(argv[i + 1]) > 0) {
      settings.threads = static_cast<std::size_t>(std::atoi(argv[++i]));
    } else if (option == "--plot" && i + 1 < argc && plot) {
      *plot = argv[++i];
    } else {
      std::fprintf(stderr, "usage: %s [--threads N] [--quick]%s\n", argv[0],
                   plot ? " [--plot FILE]" : "");
      std::exit(2);
    }
  }
  return settings;
}

/// Lets malloc keep all memory that is freed. Otherwise, glibc's returns blocks of libtorch to the
/// system in many steps, and gets them anew, page by page.
inline void keep_memory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
}

/// So many calls of what is measured.
using Calls = std::function<void(std::size_t)>;

inline double time_of(const Calls& run, std::size_t calls) {
  const Clock::time_point start = Clock::now();
  run(calls);
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

struct Contestant {
  std::string name;
  std::function<double(std::size_t)> time;  // nanoseconds that so many calls take
  std::vector<double> nanoseconds = {};     // of one call, a round each

  /// `f()` is one call; or `f(n)` makes n calls and returns the nanoseconds they took.
  template <class F>
  Contestant(std::string called, F f) : name(std::move(called)) {
    if constexpr (std::is_invocable_r_v<double, F&, std::size_t>) {
      time = std::move(f);
    } else {
      time = [run = Calls([f = std::move(f)](std::size_t calls) mutable {
                for (std::size_t i = 0; i < calls; ++i) f();
              })](std::size_t calls) { return time_of(run, calls); };
    }
  }

  double quantile(double share) const {
    std::vector<double> sorted = nanoseconds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)];
  }
  double median() const { return quantile(0.5); }
  /// Half of the distance between the quartiles, as a share of the median.
  double spread() const { return (quantile(0.75) - quantile(0.25)) / 2 / median(); }
};

/// What `with` takes longer than `without`, round by round.
inline Contestant difference(std::string name, const Contestant& with, const Contestant& without) {
  Contestant result(std::move(name), [] {});
  for (std::size_t i = 0; i < with.nanoseconds.size(); ++i)
    result.nanoseconds.push_back(with.nanoseconds[i] - without.nanoseconds[i]);
  return result;
}

/// A process that takes turns when it is told to. So libraries share no allocator and no threads.
/// It is stopped between its turns: threads of OpenBLAS go on waiting actively for 0.1 s after
/// their work, and would keep the next contestant's from their processor.
class Process {
 public:
  /// What a turn took, and by how much the process has grown at most since its start.
  struct Cost {
    double nanoseconds;
    double bytes;
  };

  /// In the process, `make()` makes what it calls; null for nothing.
  explicit Process(const std::function<Calls()>& make) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || (child_ = fork()) < 0) fail();
    end_ = ends[child_ == 0 ? 1 : 0];
    close(ends[child_ == 0 ? 0 : 1]);
    if (child_ == 0) serve(make);
    ready_ = receive<bool>();
    kill(child_, SIGSTOP);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    send(std::size_t{0});
    kill(child_, SIGCONT);
    close(end_);
    waitpid(child_, nullptr, 0);
  }

  /// Whether there is something to call.
  bool ready() const { return ready_; }
  Cost run(std::size_t calls) {
    send(calls);
    kill(child_, SIGCONT);
    const Cost cost = receive<Cost>();
    kill(child_, SIGSTOP);
    return cost;
  }

 private:
  [[noreturn]] static void fail() {
    std::perror("side_by_side: a process of a contestant");
    std::exit(1);
  }
  template <class T>
  void send(const T& value) {
    if (write(end_, &value, sizeof value) != sizeof value) fail();
  }
  template <class T>
  T receive() {
    T value{};
    if (read(end_, &value, sizeof value) != sizeof value) fail();
    return value;
  }
  static double most_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) * 1024;
  }
  [[noreturn]] void serve(const std::function<Calls()>& make) {
    const double before = most_bytes();
    const Calls run = make();
    send(static_cast<bool>(run));
    while (const auto calls = receive<std::size_t>()) {
      const double elapsed = time_of(run, calls);
      send(Cost{elapsed, most_bytes() - before});
    }
    _exit(0);
  }

  int end_ = -1;
  pid_t child_ = -1;
  bool ready_ = false;
};

/// Prepares a turn. OpenBLAS has one thread where xgrad calls it, since xgrad divides products
/// among its own threads. Threads that still wait actively for the contestant before are waited
/// for.
inline void take_turn(const Contestant& contestant, const Settings& settings) {
  openblas_set_num_threads(
      contestant.name.starts_with("xgrad") ? 1 : static_cast<int>(settings.threads));
  std::clock_t before = 0;  // processor time of all threads
  do {
    before = std::clock();
    if (settings.threads > 1) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  } while (std::clock() - before > CLOCKS_PER_SEC / 1000);
}

/// Runs 5 to 101 rounds of `calls` calls of each contestant, or, for 0, of as many as take it a
/// millisecond, after one that fills the caches. With several threads, a turn is longer and follows
/// one that is not counted: the system takes some milliseconds to put the threads onto different
/// processors.
inline void race(std::vector<Contestant>& contestants, const Settings& settings,
                 std::size_t calls = 0) {
  const bool several = settings.threads > 1;
  const double turn = (settings.quick ? 0.3e6 : 1e6) * (several ? 20 : 1);
  std::vector<std::size_t> calls_of;
  double round_time = 0;
  for (const Contestant& each : contestants) {
    take_turn(each, settings);
    each.time(1);
    std::size_t count = calls > 0 ? calls : 1;
    double elapsed = each.time(count);
    while (calls == 0 && elapsed < turn) {
      count = static_cast<std::size_t>(
          static_cast<double>(count) * std::clamp(turn / elapsed * 1.1, 1.5, 10.0) + 1);
      elapsed = each.time(count);
    }
    calls_of.push_back(count);
    round_time += several ? 2 * elapsed + 10e6 : elapsed + elapsed / static_cast<double>(count);
  }
  const double seconds = settings.quick ? settings.seconds / 10 : settings.seconds;
  const double fitting = seconds * 1e9 / round_time;
  const int rounds = settings.quick ? static_cast<int>(std::clamp(fitting, 3.0, 11.0))
                                    : static_cast<int>(std::clamp(fitting, 5.0, 101.0));
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      take_turn(contestants[i], settings);
      if (calls == 0) contestants[i].time(several ? calls_of[i] : 1);
      contestants[i].nanoseconds.push_back(contestants[i].time(calls_of[i]) /
                                           static_cast<double>(calls_of[i]));
    }
  }
}

/// A number with three digits, or all those before the point.
inline std::string digits(double value) {
  char text[32];
  const double size = value < 0 ? -value : value;
  std::snprintf(text, sizeof text, size < 9.995 ? "%.2f" : size < 99.95 ? "%.1f" : "%.0f", value);
  return text;
}

/// Prints a Markdown table: what is measured, the time of each contestant, and xgrad's time divided
/// by that of others.
class Table {
 public:
  /// `labels` heads the columns that say what is measured; " | " is between two of them. `rivals`
  /// are those to divide by, all if there are none. `unit` is in nanoseconds.
  Table(const std::string& title, const std::string& labels, std::vector<std::string> names,
        double unit = 1000, std::vector<std::string> rivals = {})
      : names_(std::move(names)), rivals_(std::move(rivals)), unit_(unit) {
    if (rivals_.empty())
      std::ranges::copy_if(names_, std::back_inserter(rivals_),
                           [](const std::string& name) { return name != ours; });
    std::size_t columns = 1 + static_cast<std::size_t>(std::ranges::count(labels, '|'));
    std::printf("\n### %s\n\n| %s |", title.c_str(), labels.c_str());
    for (const std::string& name : names_) std::printf(" %s |", name.c_str());
    for (const std::string& name : rivals_) std::printf(" %s / %s |", ours, name.c_str());
    std::printf("\n|");
    for (std::size_t i = 0; i < columns; ++i) std::printf("---|");
    for (std::size_t i = 0; i < names_.size() + rivals_.size(); ++i) std::printf("--:|");
    std::printf("\n");
  }

  /// Prints a row. The contestants may be in any order, and some may be missing.
  void row(const std::string& label, const std::vector<Contestant>& contestants) const {
    const auto find = [&](const std::string& name) {
      return std::ranges::find(contestants, name, &Contestant::name);
    };
    std::printf("| %s |", label.c_str());
    for (const std::string& name : names_) {
      if (const auto found = find(name); found != contestants.end())
        std::printf(" %s ± %.1f %% |", digits(found->median() / unit_).c_str(),
                    100 * found->spread());
      else
        std::printf(" – |");
    }
    const double time_of_ours = find(ours)->median();
    for (const std::string& name : rivals_) {
      if (const auto found = find(name); found != contestants.end())
        std::printf(" %.2f |", time_of_ours / found->median());
      else
        std::printf(" – |");
    }
    std::printf("\n");
    std::fflush(stdout);
  }

 private:
  static constexpr const char* ours = "xgrad";
  std::vector<std::string> names_, rivals_;
  double unit_;
};

}  // namespace side_by_side
