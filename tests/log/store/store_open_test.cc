// What opening a directory says of whatever it finds there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "log/base/bytes.h"
#include "log/store/store.h"
#include "spdlog/logger.h"
#include "spdlog/sinks/ostream_sink.h"
#include "tests/support/files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const auto kDataLoss = absl::StatusCode::kDataLoss;
const auto kNotFound = absl::StatusCode::kNotFound;
const auto kRefused = absl::StatusCode::kFailedPrecondition;
const auto kHeld = absl::StatusCode::kUnavailable;

class StoreOpenTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Store>> Open(StoreOptions options = {}) {
    return Store::Open(dir_, std::move(options), {});
  }
  absl::Status TryOpen(bool create = true, bool read_only = false) {
    StoreOptions options;
    options.create_if_missing = create;
    options.read_only = read_only;
    return Open(options).status();
  }
  // Commits of one row each. What was there at the opening is on the disk, and their marks say so.
  static void Commit(Store* store, int count) {
    StoreBatch batch;
    store->Attach(&batch);
    const uint64_t synced = store->last_commit();
    uint64_t commit = synced;
    for (int i = 0; i < count; ++i) {
      batch.Begin({MarkKind::kCommit, ++commit, synced});
      batch.Put(Family::kLog, EncodeLogKey({commit, 0}).view(), std::string(50, 'v'));
      ASSERT_OK(store->Write(batch));
    }
  }
  static void Watermark(Store* store, uint64_t commit) {
    ASSERT_OK(store->Sync());
    StoreBatch batch;
    store->Attach(&batch);
    batch.Begin({MarkKind::kWatermark, commit, commit});
    ASSERT_OK(store->Write(batch));
  }
  // A log of `count` commits, the first of which names it.
  void MakeLog(int count, bool synced) {
    ASSERT_OK_AND_ASSIGN(const auto store, Open());
    Commit(store.get(), count - 1);
    if (synced) Watermark(store.get(), static_cast<uint64_t>(count));
  }
  std::string Wal() {
    std::string newest;
    for (const auto& file : fs::directory_iterator(dir_ + "/db")) {
      if (file.path().extension() == ".log") newest = std::max<std::string>(newest, file.path());
    }
    return newest;
  }

  const TempDir temp_;
  const std::string dir_ = temp_.Path("log");
};

TEST_F(StoreOpenTest, ADirectoryThatIsNotThere) {
  EXPECT_THAT(TryOpen(false), StatusIs(kNotFound, HasSubstr("no such directory")));
  EXPECT_THAT(TryOpen(false, true), StatusIs(kNotFound, HasSubstr("no such directory")));
  EXPECT_FALSE(fs::exists(dir_));
  EXPECT_OK(TryOpen());
  EXPECT_THAT(ReadFile(dir_ + "/EVLOG"), StartsWith("evlog format 5\n"));  // on disk for ever
  EXPECT_OK(TryOpen(false));
  EXPECT_THAT(Store::Open("", {}, {}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Store::Open(temp_.Path("a/b/c"), {}, {}), StatusIs(kNotFound, HasSubstr("a/b/c")));
}

TEST_F(StoreOpenTest, AnEmptyDirectory) {
  fs::create_directory(dir_);
  EXPECT_THAT(TryOpen(false), StatusIs(kNotFound, HasSubstr("empty directory")));
  EXPECT_TRUE(fs::is_empty(dir_));
  EXPECT_THAT(TryOpen(false, true), StatusIs(kRefused, HasSubstr("not an evlog directory")));
  EXPECT_OK(TryOpen());
}

TEST_F(StoreOpenTest, ADirectoryOfSomethingElse) {
  fs::create_directory(dir_);
  WriteFile(dir_ + "/photo.jpg", "jpeg");
  for (const bool create : {false, true}) {
    EXPECT_THAT(TryOpen(create),
                StatusIs(kRefused, AllOf(HasSubstr(dir_), HasSubstr("photo.jpg"))));
  }
  EXPECT_THAT(TryOpen(true, true), StatusIs(kRefused, HasSubstr("not an evlog directory")));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_), {}), 1);  // nothing was added
}

TEST_F(StoreOpenTest, AFileInItsPlace) {
  WriteFile(dir_, "a file");
  EXPECT_FALSE(TryOpen().ok());
  EXPECT_FALSE(TryOpen(true, true).ok());
  EXPECT_EQ(ReadFile(dir_), "a file");
}

TEST_F(StoreOpenTest, SlashesAtTheEnd) {
  ASSERT_OK_AND_ASSIGN(const auto store, Store::Open(dir_ + "//", {}, {}));
  EXPECT_EQ(store->directory(), dir_);
}

TEST_F(StoreOpenTest, ACreationThatWasCutShort) {
  fs::create_directory(dir_);
  WriteFile(dir_ + "/EVLOG.new", "evlog for");
  EXPECT_OK(TryOpen());
  EXPECT_THAT(ReadFile(dir_ + "/EVLOG"), StartsWith("evlog format 5\n"));
  // With the marker, but before the database.
  fs::remove_all(dir_ + "/db");
  WriteFile(dir_ + "/EVLOG", "evlog format 5\n");
  EXPECT_OK(TryOpen());
}

TEST_F(StoreOpenTest, AnotherFormat) {
  MakeLog(3, true);
  const std::string marker = ReadFile(dir_ + "/EVLOG");
  for (const char* version : {"1", "0", "10"}) {
    WriteFile(dir_ + "/EVLOG", std::string("evlog format ") + version + "\n");
    for (const bool read_only : {false, true}) {
      EXPECT_THAT(TryOpen(true, read_only),
                  StatusIs(kRefused, AllOf(HasSubstr(std::string("has format ") + version),
                                           HasSubstr("reads and writes format 5"))));
    }
  }
  WriteFile(dir_ + "/EVLOG", marker);
  ASSERT_OK_AND_ASSIGN(const auto store, Open());
  EXPECT_EQ(store->last_commit(), 3u);
}

TEST_F(StoreOpenTest, ADamagedMarker) {
  MakeLog(3, true);
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("garbage\n"), std::string("evlog format 5"),
        std::string("evlog forma"), std::string(200, 'x')}) {
    WriteFile(dir_ + "/EVLOG", text);
    for (const bool read_only : {false, true}) {
      EXPECT_THAT(TryOpen(true, read_only), StatusIs(kDataLoss, HasSubstr("/EVLOG"))) << text;
    }
  }
}

TEST_F(StoreOpenTest, CurrentIsMissing) {
  MakeLog(3, true);
  fs::rename(dir_ + "/db/CURRENT", temp_.Path("CURRENT"));
  EXPECT_THAT(TryOpen(),
              StatusIs(kDataLoss, AllOf(HasSubstr("CURRENT is missing"), HasSubstr(".log has"))));
  fs::rename(temp_.Path("CURRENT"), dir_ + "/db/CURRENT");
  ASSERT_OK_AND_ASSIGN(const auto store, Open());
  EXPECT_EQ(store->last_commit(), 3u);
}

TEST_F(StoreOpenTest, CurrentIsMissingAndThereAreTables) {
  MakeLog(3, true);
  fs::remove(dir_ + "/db/CURRENT");
  fs::remove(Wal());
  WriteFile(dir_ + "/db/000123.sst", "a table");
  EXPECT_THAT(TryOpen(), StatusIs(kDataLoss, HasSubstr("000123.sst")));
  EXPECT_EQ(ReadFile(dir_ + "/db/000123.sst"), "a table");  // and it is still there
}

// Of several files of the write-ahead log; one that is the last cannot be told from a torn tail.
TEST_F(StoreOpenTest, AMissingWalIsDataLoss) {
  MakeLog(3, true);
  const std::string first = Wal();
  {
    ASSERT_OK_AND_ASSIGN(const auto store, Open());
    Commit(store.get(), 3);
  }
  ASSERT_NE(Wal(), first);
  fs::remove(first);
  EXPECT_THAT(TryOpen(), StatusIs(kDataLoss));
}

// ---- the lock

TEST_F(StoreOpenTest, ThisProcessHasItOpenAlready) {
  {
    ASSERT_OK_AND_ASSIGN(const auto store, Open());
    for (int i = 0; i < 2; ++i) {
      EXPECT_THAT(TryOpen(), StatusIs(kHeld, HasSubstr("this process has the log open already")));
    }
    EXPECT_TRUE(Store::IsHeld(dir_));
    EXPECT_OK(TryOpen(true, true));  // reading takes no lock
    EXPECT_TRUE(Store::IsHeld(dir_)) << "what failed, or read, has dropped the lock";
    Commit(store.get(), 1);
  }
  EXPECT_FALSE(Store::IsHeld(dir_));
  EXPECT_OK(TryOpen());
}

TEST_F(StoreOpenTest, ThisProcessHasItOpenByAnotherName) {
  ASSERT_OK_AND_ASSIGN(const auto store, Open());
  fs::create_symlink(dir_, temp_.Path("link"));
  EXPECT_THAT(Store::Open(temp_.Path("link"), {}, {}),
              StatusIs(kHeld, HasSubstr("this process has the log open already")));
  EXPECT_TRUE(Store::IsHeld(temp_.Path("link")));
  EXPECT_TRUE(Store::IsHeld(dir_));
}

TEST_F(StoreOpenTest, AFailedOpeningKeepsNoLock) {
  MakeLog(3, true);
  fs::rename(dir_ + "/db/CURRENT", temp_.Path("CURRENT"));
  EXPECT_THAT(TryOpen(), StatusIs(kDataLoss));
  EXPECT_FALSE(Store::IsHeld(dir_));
}

// Run by a child process: holds the directory until its standard input ends.
TEST(StoreOpenHolder, DISABLED_HoldsTheDirectory) {
  const char* dir = std::getenv("EVLOG_HELD_DIRECTORY");
  ASSERT_NE(dir, nullptr);
  ASSERT_OK_AND_ASSIGN(const auto store, Store::Open(dir, {}, {}));
  ASSERT_EQ(::write(STDOUT_FILENO, "!", 1), 1);
  char byte;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
}

// This program again, holding the directory.
class Holder {
 public:
  explicit Holder(const std::string& dir) {
    int to[2], from[2];
    EXPECT_EQ(::pipe(to), 0);
    EXPECT_EQ(::pipe(from), 0);
    ::setenv("EVLOG_HELD_DIRECTORY", dir.c_str(), 1);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(to[0], STDIN_FILENO);
      ::dup2(from[1], STDOUT_FILENO);
      for (const int fd : {to[0], to[1], from[0], from[1]}) ::close(fd);
      ::execl("/proc/self/exe", "holder", "--gtest_also_run_disabled_tests", "--gtest_brief=1",
              "--gtest_filter=StoreOpenHolder.*", nullptr);
      ::_exit(127);
    }
    ::close(to[0]);
    ::close(from[1]);
    input_ = to[1];
    // It says so when it holds the directory; gtest may print something before.
    char byte = 0;
    while (byte != '!' && ::read(from[0], &byte, 1) == 1) {
    }
    EXPECT_EQ(byte, '!');
    output_ = from[0];
  }
  ~Holder() { End(0); }
  void End(int signal) {
    if (pid_ == 0) return;
    if (signal != 0) ::kill(pid_, signal);
    ::close(input_);
    ::close(output_);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  int input_ = -1;
  int output_ = -1;
};

TEST_F(StoreOpenTest, AnotherProcessHoldsIt) {
  MakeLog(3, true);
  for (const int signal : {0, SIGKILL}) {
    Holder holder(dir_);
    const std::string pid = "pid " + std::to_string(holder.pid());
    for (int i = 0; i < 2; ++i) {
      EXPECT_THAT(TryOpen(),
                  StatusIs(kHeld, AllOf(HasSubstr("held by another process"), HasSubstr(pid))));
    }
    EXPECT_TRUE(Store::IsHeld(dir_));
    EXPECT_THAT(Store::ExamineLog(dir_, {}), IsOkAndHolds(std::nullopt));
    EXPECT_OK(TryOpen(true, true));
    holder.End(signal);
    EXPECT_FALSE(Store::IsHeld(dir_));
    EXPECT_OK(TryOpen());
  }
}

// ---- recovery

class StoreRecoveryTest : public StoreOpenTest {
 protected:
  StoreRecoveryTest()
      : logger_(std::make_shared<spdlog::logger>(
            "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_))) {}
  absl::StatusOr<std::unique_ptr<Store>> OpenLogged() {
    log_.str("");
    StoreOptions options;
    options.logger = logger_;
    return Open(std::move(options));
  }

  std::ostringstream log_;
  std::shared_ptr<spdlog::logger> logger_;
};

TEST_F(StoreRecoveryTest, AFlippedBitInWhatWasSynced) {
  MakeLog(20, true);
  const std::string wal = Wal();
  const std::string good = ReadFile(wal);
  int lost = 0;
  for (size_t at = 0; at < good.size(); at += good.size() / 60) {
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    WriteFile(wal, damaged);
    ASSERT_OK_AND_ASSIGN(const auto examined, Store::ExamineLog(dir_, {}));
    const absl::StatusOr<std::unique_ptr<Store>> store = OpenLogged();
    EXPECT_EQ(examined.has_value(), !store.ok()) << at;
    if (store.ok()) {  // the watermark itself was hit, and nothing else
      EXPECT_EQ((*store)->last_commit(), 20u) << at;
      EXPECT_GT(at + 100, good.size());
      break;
    }
    EXPECT_THAT(store, StatusIs(kDataLoss, AllOf(HasSubstr(fs::path(wal).filename().string()),
                                                 HasSubstr("byte"))));
    ++lost;
  }
  EXPECT_GT(lost, 50);
}

TEST_F(StoreRecoveryTest, ATornTailIsCutWithAWarning) {
  MakeLog(20, false);
  const std::string wal = Wal();
  const std::string good = ReadFile(wal);
  WriteFile(wal, good.substr(0, good.size() - 5));
  {
    ASSERT_OK_AND_ASSIGN(const auto store, OpenLogged());
    EXPECT_EQ(store->last_commit(), 19u);
    EXPECT_THAT(log_.str(), AllOf(HasSubstr("warning"), HasSubstr(dir_),
                                  HasSubstr(fs::path(wal).filename().string()),
                                  HasSubstr("bytes and 0 unacknowledged commits dropped")));
    Commit(store.get(), 1);
  }
  ASSERT_OK_AND_ASSIGN(const auto again, OpenLogged());
  EXPECT_EQ(again->last_commit(), 20u);
  EXPECT_EQ(log_.str(), "");
}

TEST_F(StoreRecoveryTest, DamageBeforeCommitsThatNobodyWasPromised) {
  MakeLog(20, false);
  const std::string wal = Wal();
  std::string damaged = ReadFile(wal);
  damaged[damaged.size() / 2] ^= 1;
  WriteFile(wal, damaged);
  ASSERT_OK_AND_ASSIGN(const auto store, OpenLogged());
  EXPECT_GT(store->last_commit(), 5u);
  EXPECT_LT(store->last_commit(), 15u);
  EXPECT_THAT(log_.str(), AllOf(HasSubstr("warning"), Not(HasSubstr(" 0 unacknowledged"))));
}

TEST_F(StoreRecoveryTest, WhatWasSyncedStaysWhereTheTailIsTorn) {
  {
    ASSERT_OK_AND_ASSIGN(const auto store, Open());
    Commit(store.get(), 9);
    Watermark(store.get(), 10);
  }
  {
    ASSERT_OK_AND_ASSIGN(const auto store, Open());
    Commit(store.get(), 5);
  }
  const std::string wal = Wal();
  const std::string good = ReadFile(wal);
  for (size_t size = good.size(); size > 0; size -= std::min<size_t>(size, 37)) {
    WriteFile(wal, good.substr(0, size));
    ASSERT_OK_AND_ASSIGN(const auto store, OpenLogged());
    EXPECT_GE(store->last_commit(), 10u);
    EXPECT_LE(store->last_commit(), 15u);
  }
}

TEST_F(StoreRecoveryTest, NothingIsLoggedWhenAllIsWell) {
  MakeLog(20, true);
  ASSERT_OK_AND_ASSIGN(const auto store, OpenLogged());
  EXPECT_EQ(store->last_commit(), 20u);
  EXPECT_EQ(log_.str(), "");
}

TEST_F(StoreRecoveryTest, MalformedMetaRowsAreDataLoss) {
  for (const std::string_view key : {kMetaLastCommit, kMetaLogId}) {
    fs::remove_all(dir_);
    {
      ASSERT_OK_AND_ASSIGN(const auto store, Open());
      StoreBatch batch;
      store->Attach(&batch);
      batch.Begin({MarkKind::kCommit, 2, 0});
      batch.Put(Family::kMeta, key, "\xff");
      ASSERT_OK(store->Write(batch));
    }
    EXPECT_THAT(TryOpen(), StatusIs(kDataLoss, HasSubstr(std::string(key))));
  }
}

}  // namespace
}  // namespace evlog
