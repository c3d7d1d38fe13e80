#include "autograd/file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "autograd/error.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xgrad::test {
namespace {

using detail::AtomicFile;
using detail::InputFile;

class File : public ::testing::Test {
 protected:
  std::size_t files_in_directory() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(directory_.path()), {}));
  }
  static void replace(const std::string& path, const std::string& content) {
    AtomicFile file(path);
    file.write(content.data(), content.size());
    file.commit();
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "file";
};

/// While alive, no file of this process grows beyond `bytes`: a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

/// While alive, a process of the superuser has the rights of nobody.
class Unprivileged {
 public:
  Unprivileged() : user_(geteuid()) {
    if (user_ == 0) changed_ = seteuid(65534) == 0;
  }
  ~Unprivileged() {
    if (changed_) {
      EXPECT_EQ(seteuid(user_), 0);
    }
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  uid_t user_;
  bool changed_ = false;
};

TEST_F(File, ReplacesTheContent) {
  replace(path_, "first");
  EXPECT_EQ(read_file(path_), "first");
  replace(path_, std::string(100'000, 'x'));
  EXPECT_EQ(read_file(path_), std::string(100'000, 'x'));
  replace(path_, "");
  EXPECT_EQ(read_file(path_), "");
  EXPECT_EQ(files_in_directory(), 1U) << "no temporary file stays";
}

TEST_F(File, KeepsTheOldContentUntilCommit) {
  write_file(path_, "old");
  AtomicFile file(path_);
  file.write("new", 3);
  EXPECT_EQ(read_file(path_), "old");
  file.commit();
  EXPECT_EQ(read_file(path_), "new");
}

TEST_F(File, WithoutCommitNothingHappened) {
  write_file(path_, "old");
  { AtomicFile(path_).write("new", 3); }
  EXPECT_EQ(read_file(path_), "old");
  EXPECT_EQ(files_in_directory(), 1U);
}

TEST_F(File, RemovesWhatKilledProcessesLeft) {
  write_file(path_ + ".tmp-1-0", "half");
  write_file(path_ + ".tmp-4000000000-17", "half");
  for (const char* other : {".tmp-1-0.bak", ".tmp-", ".tmp", "2.tmp-1-0"})
    write_file(path_ + other, "of somebody else");
  std::filesystem::create_directory(path_ + ".tmp-2-0");
  AtomicFile first(path_);
  AtomicFile second(path_);  // leaves alone what the first one is still writing
  first.write("first", 5);
  first.commit();
  EXPECT_EQ(read_file(path_), "first");
  second.write("second", 6);
  second.commit();
  EXPECT_EQ(read_file(path_), "second");
  EXPECT_EQ(files_in_directory(), 1U + 3 + 1 + 1);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".tmp-1-0"));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".tmp-4000000000-17"));
}

TEST_F(File, WritersAtTheSameTimeDoNotDisturbEachOther) {
  const auto write_often = [&](char c) {
    for (int i = 0; i < 50; ++i) replace(path_, std::string(5000, c));
  };
  std::thread other([&] { write_often('a'); });
  write_often('b');
  other.join();
  const std::string content = read_file(path_);
  EXPECT_EQ(content, std::string(5000, content[0]));
  EXPECT_EQ(files_in_directory(), 1U);
}

TEST_F(File, KeepsPermissionsAndLinks) {
  write_file(path_, "old");
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  const std::string link = directory_ / "link";
  std::filesystem::create_symlink("file", link);
  replace(link, "new");
  EXPECT_EQ(read_file(path_), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  struct stat status {};
  stat(path_.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST_F(File, AFullDiskLeavesTheOldContent) {
  write_file(path_, "old");
  std::string text;
  {
    FullDisk guard(1000);
    text = error_of<IoError>([&] { replace(path_, std::string(5000, 'x')); });
  }
  EXPECT_EQ(text, path_ + ": cannot be written: File too large");
  EXPECT_EQ(read_file(path_), "old");
  EXPECT_EQ(files_in_directory(), 1U);
}

TEST_F(File, DevicesAreWrittenToDirectly) {
  EXPECT_EQ(error_of<IoError>([] { replace("/dev/full", "content"); }),
            "/dev/full: cannot be written: No space left on device");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
  replace("/dev/null", "content");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(File, WithoutPermissionTheOldContentStays) {
  write_file(path_, "old");
  std::filesystem::permissions(directory_.path(), std::filesystem::perms(0555));
  std::string text;
  {
    Unprivileged guard;
    text = error_of<IoError>([&] { replace(path_, "new"); });
  }
  EXPECT_EQ(text, path_ + ": cannot be opened for writing: Permission denied");
  EXPECT_EQ(read_file(path_), "old");
  EXPECT_EQ(files_in_directory(), 1U);
  std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755));
}

TEST_F(File, NamesWhatCannotBeWrittenTo) {
  EXPECT_EQ(error_of<IoError>([&] { AtomicFile(directory_ / "no/file"); }),
            (directory_ / "no/file") + ": cannot be opened for writing: No such file or directory");
  EXPECT_EQ(error_of<IoError>([&] { AtomicFile(directory_.path()); }),
            directory_.path() + ": cannot be opened for writing: Is a directory");
}

TEST_F(File, ReadsExactly) {
  write_file(path_, "abcdef");
  InputFile file(path_);
  EXPECT_EQ(file.size(), 6U);
  std::string text(4, ' ');
  file.read(text.data(), 4);
  EXPECT_EQ(text, "abcd");
  EXPECT_EQ(error_of<IoError>([&] { file.read(text.data(), 4); }),
            path_ + ": ends at offset 6; 2 more bytes are expected");
}

TEST_F(File, NamesWhatCannotBeRead) {
  EXPECT_EQ(error_of<IoError>([&] { InputFile file(path_); }),
            path_ + ": cannot be opened: No such file or directory");
  EXPECT_EQ(error_of<IoError>([&] { InputFile file(directory_.path()); }),
            directory_.path() + ": is not a regular file");
}

}  // namespace
}  // namespace xgrad::test
