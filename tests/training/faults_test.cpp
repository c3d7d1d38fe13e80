// Every function that writes a file, through everything that can go wrong meanwhile: what was there
// before stays, or the new file is whole; the error names the file and the system's reason; nothing
// is left beside it; and the same call succeeds afterwards.

#include "tests/support/faults.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <xgrad.hpp>

#include "tests/support/kills.hpp"
#include "tests/support/sanitizer.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"
#include "tests/support/training_run.hpp"
#include "tests/training/fail_allocation.hpp"

namespace xgrad::test {
namespace {

namespace fs = std::filesystem;

struct Net : nn::Module {
  Tensor weight;
  XGRAD_FIELDS(weight)
  explicit Net(const Tensor& values) : weight(values.clone().requires_grad_()) {}
};

/// Writes a tensor, and reads it back.
struct Writer {
  const char* name;
  DType dtype;
  /// Makes all that is needed for the call that is returned.
  std::function<std::function<void()>(const std::string& path, const Tensor& x)> prepare;
  std::function<Tensor(const std::string& path)> load;
};

constexpr std::size_t side = 300;

struct NetWithAdam {
  explicit NetWithAdam(const Tensor& values) : net(values), adam(net.parameters()) {}
  Net net;
  optim::Adam adam;
};

const std::vector<Writer> writers = {
    {"save_safetensors", float32,
     [](const auto& path, const Tensor& x) {
       return [=, tensors = std::map<std::string, Tensor>{{"x", x}}] {
         save_safetensors(path, tensors);
       };
     },
     [](const auto& path) { return load_safetensors(path).tensors.at("x"); }},
    {"save", float32,
     [](const auto& path, const Tensor& x) {
       return [=, net = std::make_shared<Net>(x)] { nn::save(*net, path); };
     },
     [](const auto& path) {
       Net net(zeros({side, side}));
       nn::load(net, path);
       return net.weight.detach();
     }},
    {"save_checkpoint", float32,
     [](const auto& path, const Tensor& x) {
       return [=, t = std::make_shared<NetWithAdam>(x)] {
         training::save_checkpoint(path, {.module = t->net, .optimizer = &t->adam});
       };
     },
     [](const auto& path) {
       NetWithAdam t(zeros({side, side}));
       training::load_checkpoint(path, {.module = t.net, .optimizer = &t.adam});
       return t.net.weight.detach();
     }},
    {"optimizer_save", float32,
     [](const auto& path, const Tensor& x) {
       const auto t = std::make_shared<NetWithAdam>(x);
       t->adam.state(t->net.weight)["exp_avg"].copy_(x);
       return [=] { t->adam.save(path); };
     },
     [](const auto& path) {
       NetWithAdam t(zeros({side, side}));
       t.adam.load(path);
       return t.adam.state(t.net.weight)["exp_avg"];
     }},
    {"save_npy", float32,
     [](const auto& path, const Tensor& x) { return [=] { data::save_npy(path, x); }; },
     [](const auto& path) { return data::load_npy(path); }},
    {"save_npz", float32,
     [](const auto& path, const Tensor& x) {
       return [=, tensors = std::map<std::string, Tensor>{{"x", x}}] {
         data::save_npz(path, tensors);
       };
     },
     [](const auto& path) { return data::load_npz(path).at("x"); }},
    {"save_png", uint8,
     [](const auto& path, const Tensor& x) { return [=] { data::save_png(path, x); }; },
     [](const auto& path) { return data::load_png(path); }},
    {"save_image", uint8,
     [](const auto& path, const Tensor& x) { return [=] { data::save_image(path, x); }; },
     [](const auto& path) { return data::load_image(path); }}};

class Faults : public testing::TestWithParam<Writer> {
 protected:
  /// A content of which every element depends on `state`.
  static Tensor content(int state) {
    const Tensor x = arange(0, static_cast<std::int64_t>(side * side));
    return reshape(remainder(x * x * 31 + x * 7 + state, 251), {side, side}).to(GetParam().dtype);
  }
  void save(int state) const { GetParam().prepare(path_, content(state))(); }
  /// The state of the file; fails the test if it is not whole.
  int state() const {
    const Tensor x = GetParam().load(path_);
    const int state = x.to(int64).to_vector<int>()[0];
    EXPECT_EQ(x.to_vector<float>(), content(state).to_vector<float>());
    return state;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory_.path()), {}));
  }
  void expect_still(int expected) const {
    EXPECT_EQ(state(), expected);
    EXPECT_EQ(files(), 1U);
  }
  void expect_refused(const std::string& reason) const {
    const std::string text = ERROR_OF(IoError, save(2));
    expect_contains(text, {path_, reason});
  }
  /// Runs f in a process of its own, which is not to return from it.
  static pid_t child(const std::function<void()>& f) {
    const pid_t id = fork();
    if (id == 0) {
      f();
      _exit(3);
    }
    return id;
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "file.pgm";
};

TEST_P(Faults, FullDisk) {
  save(2);
  const auto bytes = static_cast<rlim_t>(fs::file_size(path_));
  save(1);
  for (const rlim_t limit : {rlim_t{0}, rlim_t{1}, bytes / 2, bytes - 1}) {
    SCOPED_TRACE(limit);
    {
      const FullDisk guard(limit);
      expect_refused("File too large");
    }
    expect_still(1);
  }
  save(2);
  expect_still(2);
  const std::string full = directory_ / "full.pgm";
  fs::create_symlink("/dev/full", full);
  expect_contains(ERROR_OF(IoError, GetParam().prepare(full, content(1))()),
                  {full + ": ", "No space left on device"});
}

TEST_P(Faults, UnwritableDirectory) {
  save(1);
  fs::permissions(directory_.path(), fs::perms(0555));
  {
    const Unprivileged guard;
    expect_refused("Permission denied");
  }
  fs::permissions(directory_.path(), fs::perms(0755));
  expect_still(1);
  save(2);
  expect_still(2);
}

TEST_P(Faults, VanishedDirectoryOrFile) {
  save(1);
  fs::remove(path_);
  expect_contains(ERROR_OF(IoError, GetParam().load(path_)), {path_, "No such file or directory"});
  fs::remove(directory_.path());
  expect_refused("No such file or directory");
  fs::create_directory(directory_.path());
  save(2);
  expect_still(2);
}

// The directory is renamed again and again while files are saved and loaded in it.
TEST_P(Faults, DirectoryThatComesAndGoes) {
  save(1);
  const std::string away = directory_.path() + "-away";
  std::jthread mover([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      fs::rename(directory_.path(), away);
      std::this_thread::sleep_for(std::chrono::microseconds(300));
      fs::rename(away, directory_.path());
      std::this_thread::sleep_for(std::chrono::microseconds(700));
    }
  });
  for (int i = 0; i < 30; ++i) {
    try {
      save(i);
      state();
    } catch (const IoError& error) {
      expect_contains(error.what(), {path_, "No such file or directory"});
    }
  }
  mover.request_stop();
  mover.join();
  save(2);
  expect_still(2);
}

TEST_P(Faults, KilledWithinASave) {
  if (address_sanitizer || thread_sanitizer) GTEST_SKIP() << "slow";
  save(0);
  RandomMoments moments(std::chrono::milliseconds(8));
  for (int i = 0; i < number_of_kills(); ++i) {
    const pid_t id = child([&] {
      for (int next = state();;) save(next = (next + 1) % 200);
    });
    std::this_thread::sleep_for(moments.next());
    kill(id, i % 2 == 0 ? SIGKILL : SIGTERM);
    int status = 0;
    waitpid(id, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
    state();
  }
  save(2);
  expect_still(2);  // what killed processes left is gone
}

TEST_P(Faults, ProcessesThatSaveToOnePath) {
  save(0);
  std::vector<pid_t> ids;
  for (const int first : {0, 100})
    ids.push_back(child([&, first] {
      for (int i = 0; i < 20; ++i) save(first + i);
      _exit(HasFailure() ? 1 : 0);
    }));
  for (int i = 0; i < 20; ++i) state();
  for (const pid_t id : ids) {
    int status = 0;
    waitpid(id, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  EXPECT_EQ(state() % 100, 19);
  EXPECT_EQ(files(), 1U);
}

// In a process of its own, whose memory cannot grow: the file is replaced, or an error says what
// was missing.
TEST_P(Faults, NoMemory) {
  if (address_sanitizer || thread_sanitizer) GTEST_SKIP() << "they need the address space";
  save(1);
  for (const std::size_t more :
       {std::size_t{0}, std::size_t{200} << 10U, std::size_t{600} << 10U}) {
    const pid_t id = child([&] {
      const auto save_it = GetParam().prepare(path_, content(2));
      memory::release_cached();
      const MemoryLimit guard(more);
      const auto attempt = [&](const std::function<void()>& call) {
        try {
          call();
        } catch (const IoError& error) {
          if (std::string(error.what()).find(path_) == std::string::npos) _exit(4);
        } catch (const MemoryError& error) {
          if (std::string(error.what()).find("bytes") == std::string::npos) _exit(5);
        } catch (const std::exception&) {
          _exit(6);
        }
      };
      for (int i = 0; i < 3; ++i) {
        attempt(save_it);
        attempt([&] { GetParam().load(path_); });
      }
      _exit(0);
    });
    int status = 0;
    waitpid(id, &status, 0);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_LE(state(), 2);
    EXPECT_EQ(files(), 1U);
  }
}

/// Calls f again and again while in each call one allocation fails, the first, the second and so
/// on, until one has as many as f makes; then so that the one after it fails too, since the
/// allocator asks twice. expect(error, only_one) is called after each, with null if f returned.
/// With `and_all`, all allocations after the first that fails do so too in a third round.
void fail_each_allocation(
    const std::function<void()>& f, bool and_all,
    const std::function<void(std::exception_ptr error, bool only_one)>& expect) {
  std::vector<std::size_t> counts{1, 2};
  if (and_all) counts.push_back(FailAllocations::all);
  for (const std::size_t count : counts)
    for (std::size_t first = 0; !testing::Test::HasFailure(); ++first) {
      SCOPED_TRACE(str("allocation ", first, ", ", count, " fail"));
      memory::release_cached();
      std::exception_ptr error;
      std::size_t failed = 0;
      {
        const FailAllocations guard(first, count);
        try {
          f();
        } catch (...) {
          error = std::current_exception();
        }
        failed = guard.failed();
      }
      expect(error, count == 1);
      if (failed == 0) {
        EXPECT_EQ(error, nullptr);
        EXPECT_GE(first, 5U) << "nothing has been tried";
        break;
      }
    }
}

/// The error says which file was not read or written, and why.
void expect_no_memory(const std::exception_ptr& error, const std::string& path,
                      const char* reason = "memory") {
  expect_contains(ERROR_OF(IoError, std::rethrow_exception(error)), {path, reason});
}

TEST_P(Faults, EveryAllocationOfASave) {
  if (address_sanitizer || thread_sanitizer) GTEST_SKIP() << "they have a malloc of their own";
  save(2);
  const std::string after = read_file(path_);
  save(1);
  const std::string before = read_file(path_);
  fail_each_allocation(GetParam().prepare(path_, content(2)), true,
                       [&](const std::exception_ptr& error, bool only_one) {
                         EXPECT_EQ(files(), 1U);
                         EXPECT_TRUE(read_file(path_) == (error ? before : after));
                         if (!error) save(1);
                         if (error && only_one) expect_no_memory(error, path_);
                       });
}

INSTANTIATE_TEST_SUITE_P(All, Faults, testing::ValuesIn(writers),
                         [](const auto& test) { return test.param.name; });

/// Reads a file that `save` has written.
struct Reader {
  const char* name;
  std::function<void(TrainingRun& from, const std::string& path)> save;
  std::function<void(TrainingRun& to, const std::string& path)> load;
  const char* reason = "memory";  ///< in the error where there is none
};

const std::vector<Reader> readers = {
    {"load_checkpoint",
     [](TrainingRun& t, const auto& path) { training::save_checkpoint(path, t.parts()); },
     [](TrainingRun& t, const auto& path) { training::load_checkpoint(path, t.parts()); }},
    {"load", [](TrainingRun& t, const auto& path) { nn::save(t.net, path); },
     [](TrainingRun& t, const auto& path) { nn::load(t.net, path); }},
    {"optimizer_load", [](TrainingRun& t, const auto& path) { t.adam.save(path); },
     [](TrainingRun& t, const auto& path) { t.adam.load(path); }},
    {"scheduler_load", [](TrainingRun& t, const auto& path) { t.scheduler.save(path); },
     [](TrainingRun& t, const auto& path) { t.scheduler.load(path); }},
    {"load_npy",
     [](TrainingRun& t, const auto& path) { data::save_npy(path, t.net.parameters()[0]); },
     [](TrainingRun&, const auto& path) { data::load_npy(path); }},
    {"load_npz",
     [](TrainingRun& t, const auto& path) {
       data::save_npz(path, {{"weight", t.net.parameters()[0]}});
     },
     [](TrainingRun&, const auto& path) { data::load_npz(path); },
     ""},  // libzip takes some failures for a file that is no archive
    {"load_png",
     [](TrainingRun& t, const auto& path) { data::save_png(path, t.net.parameters()[0]); },
     [](TrainingRun&, const auto& path) { data::load_png(path); }},
    {"load_idx",
     [](TrainingRun&, const auto& path) {
       write_file(path, std::string("\0\0\x08\x01\0\0\0\x02"
                                    "ab",
                                    10));
     },
     [](TrainingRun&, const auto& path) { data::load_idx(path); }},
    {"load_csv", [](TrainingRun&, const auto& path) { write_file(path, "1,2\n3,4\n"); },
     [](TrainingRun&, const auto& path) { data::load_csv(path); }}};

class FaultsOfLoading : public testing::TestWithParam<Reader> {};

// Nothing is changed by a load that fails for want of memory, wherever that is.
TEST_P(FaultsOfLoading, EveryAllocation) {
  if (address_sanitizer || thread_sanitizer) GTEST_SKIP() << "they have a malloc of their own";
  const TemporaryDirectory directory;
  const std::string path = directory / "file", now = directory / "now";
  TrainingRun later;
  later.step();
  GetParam().save(later, path);
  TrainingRun t;
  const auto bytes = [&] {
    training::save_checkpoint(now, t.parts());
    return read_file(now);
  };
  const std::string before = bytes();
  fail_each_allocation([&] { GetParam().load(t, path); }, false,
                       [&](const std::exception_ptr& error, bool only_one) {
                         if (error) {
                           if (only_one) expect_no_memory(error, path, GetParam().reason);
                           EXPECT_TRUE(bytes() == before);
                         } else {
                           training::load_checkpoint(now, t.parts());
                         }
                       });
}

INSTANTIATE_TEST_SUITE_P(All, FaultsOfLoading, testing::ValuesIn(readers),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace xgrad::test
