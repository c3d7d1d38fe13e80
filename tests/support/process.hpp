#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.hpp"

namespace xgrad::test {

/// Another program, running. Its output goes to files.
class Process {
 public:
  Process(const std::string& program, const std::vector<std::string>& arguments,
          const std::vector<std::string>& environment = {}) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out_file_.c_str(), flags, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err_file_.c_str(), flags, 0600);
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments)
      argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    std::vector<char*> envp;
    for (const std::string& variable : environment)
      envp.push_back(const_cast<char*>(variable.c_str()));
    envp.push_back(nullptr);
    started_ = posix_spawn(&id_, program.c_str(), &actions, nullptr, argv.data(),
                           environment.empty() ? environ : envp.data()) == 0;
    posix_spawn_file_actions_destroy(&actions);
  }
  ~Process() {
    if (!started_) return;
    kill(id_, SIGKILL);
    wait();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  bool started() const { return started_; }
  void send(int signal) const { kill(id_, signal); }

  /// False once it has ended; its status can still be waited for.
  bool running() const {
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT);
    return started_ && info.si_pid == 0;
  }

  /// Waits for the end; returns the exit status, or -1 when a signal ended it.
  int wait() {
    if (!started_) return -1;
    int status = 0;
    waitpid(id_, &status, 0);
    started_ = false;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string out() const { return read_file(out_file_); }
  std::string err() const { return read_file(err_file_); }

 private:
  TemporaryDirectory directory_;
  std::string out_file_ = directory_ / "out";
  std::string err_file_ = directory_ / "err";
  pid_t id_ = -1;
  bool started_ = false;
};

}  // namespace xgrad::test
