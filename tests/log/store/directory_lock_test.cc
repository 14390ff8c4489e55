#include "log/store/directory_lock.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

using ::testing::HasSubstr;

const auto kHeld = absl::StatusCode::kUnavailable;

class DirectoryLockTest : public ::testing::Test {
 protected:
  static rocksdb::FileSystem* fs() { return rocksdb::FileSystem::Default().get(); }
  // What a process sees that shares nothing with this one but the kernel.
  bool HeldForOthers() const {
    const pid_t child = fork();
    if (child == 0) {
      struct flock lock = {};
      lock.l_type = F_WRLCK;
      lock.l_whence = SEEK_SET;
      const int fd = ::open(temp_.Path("LOCK").c_str(), O_RDWR);
      _exit(fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0 ? 1 : 0);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return status == 0;
  }

  const TempDir temp_;
};

TEST_F(DirectoryLockTest, IsHeldUntilItIsReleased) {
  EXPECT_FALSE(DirectoryLock::HolderOf(temp_.path()).has_value());
  DirectoryLock lock;
  ASSERT_OK(lock.Acquire(fs(), temp_.path()));
  ASSERT_TRUE(DirectoryLock::HolderOf(temp_.path()).has_value());
  EXPECT_EQ(DirectoryLock::HolderOf(temp_.path())->pid, getpid());
  EXPECT_TRUE(HeldForOthers()) << "who asked has dropped the lock";
  DirectoryLock second;
  EXPECT_THAT(second.Acquire(fs(), temp_.path()), StatusIs(kHeld, HasSubstr("this process")));
  EXPECT_TRUE(HeldForOthers()) << "who tried has dropped the lock";
  lock.Release();
  EXPECT_FALSE(HeldForOthers());
  EXPECT_FALSE(DirectoryLock::HolderOf(temp_.path()).has_value());
  EXPECT_OK(second.Acquire(fs(), temp_.path()));
}

TEST_F(DirectoryLockTest, KnowsItselfByAnotherName) {
  DirectoryLock lock;
  ASSERT_OK(lock.Acquire(fs(), temp_.path()));
  const TempDir other;
  const std::string link = other.Path("link");
  std::filesystem::create_directory_symlink(temp_.path(), link);
  EXPECT_EQ(DirectoryLock::HolderOf(link)->pid, getpid());
  DirectoryLock second;
  EXPECT_THAT(second.Acquire(fs(), link), StatusIs(kHeld, HasSubstr("this process")));
  EXPECT_TRUE(HeldForOthers());
}

TEST_F(DirectoryLockTest, NamesAnotherProcess) {
  int ready[2], done[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(done), 0);
  const pid_t child = fork();
  char byte = 0;
  if (child == 0) {
    DirectoryLock lock;
    if (!lock.Acquire(fs(), temp_.path()).ok() || write(ready[1], &byte, 1) != 1) _exit(1);
    _exit(read(done[0], &byte, 1) == 1 ? 0 : 1);
  }
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(DirectoryLock::HolderOf(temp_.path()).has_value());
    EXPECT_EQ(DirectoryLock::HolderOf(temp_.path())->pid, child);
    DirectoryLock lock;
    EXPECT_THAT(lock.Acquire(fs(), temp_.path()),
                StatusIs(kHeld, HasSubstr("pid " + std::to_string(child))));
  }
  // Without the right to open the file, the kernel's table tells; root may open it all the same.
  std::filesystem::permissions(temp_.Path("LOCK"), std::filesystem::perms::none);
  EXPECT_TRUE(DirectoryLock::HolderOf(temp_.path()).has_value());
  ASSERT_EQ(write(done[1], &byte, 1), 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(DirectoryLock::HolderOf(temp_.path()).has_value());
}

// A child inherits what this process knows of its locks, and not the locks.
TEST_F(DirectoryLockTest, AForkedChildDoesNotHoldWhatItsParentHolds) {
  DirectoryLock lock;
  ASSERT_OK(lock.Acquire(fs(), temp_.path()));
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    const auto holder = DirectoryLock::HolderOf(temp_.path());
    _exit(holder && holder->pid == parent ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace evlog
