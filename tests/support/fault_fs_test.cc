#include "tests/support/fault_fs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "log/store/wal_scan.h"
#include "rocksdb/env.h"
#include "tests/support/files.h"
#include "tests/support/marked_db.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const rocksdb::IOOptions kNoOptions;

class FaultFsTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(dir_); }

  std::unique_ptr<rocksdb::FSWritableFile> Create(const std::string& name) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    EXPECT_TRUE(fs_->NewWritableFile(dir_ + "/" + name, {}, &file, nullptr).ok());
    return file;
  }
  static void Append(rocksdb::FSWritableFile& file, const std::string& bytes) {
    EXPECT_TRUE(file.Append(bytes, kNoOptions, nullptr).ok());
  }
  static void Sync(rocksdb::FSWritableFile& file) {
    EXPECT_TRUE(file.Sync(kNoOptions, nullptr).ok());
  }
  void SyncDirectory() {
    std::unique_ptr<rocksdb::FSDirectory> directory;
    EXPECT_TRUE(fs_->NewDirectory(dir_, kNoOptions, &directory, nullptr).ok());
    EXPECT_TRUE(directory->FsyncWithDirOptions(kNoOptions, nullptr, {}).ok());
  }
  // A file that is on disk, name and bytes.
  void Put(const std::string& name, const std::string& bytes) {
    const auto file = Create(name);
    Append(*file, bytes);
    Sync(*file);
    SyncDirectory();
  }
  void Lose(UnsyncedBytes bytes, UnsyncedNames names) {
    fs_->CutPower();
    fs_->RestorePower({bytes, names}, rng_);
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(dir_)) {
      names.push_back(file.path().filename());
    }
    return names;
  }
  std::string Bytes(const std::string& name) { return ReadFile(dir_ + "/" + name); }

  const TempDir temp_;
  const std::string dir_ = temp_.Path("dir");
  const std::shared_ptr<FaultFs> fs_ = std::make_shared<FaultFs>(temp_.Path("stash"));
  Rng rng_{1};
};

TEST_F(FaultFsTest, WhatWasSyncedStays) {
  for (const auto bytes :
       {UnsyncedBytes::kKept, UnsyncedBytes::kDropped, UnsyncedBytes::kCut, UnsyncedBytes::kZeroed,
        UnsyncedBytes::kScrambled, UnsyncedBytes::kHoles, UnsyncedBytes::kAny}) {
    for (int round = 0; round < 20; ++round) {
      const std::string synced = rng_.Bytes(rng_.Below(10'000));
      const std::string unsynced = rng_.Bytes(rng_.Below(20'000));
      const auto file = Create("file");
      Append(*file, synced);
      Sync(*file);
      SyncDirectory();
      Append(*file, unsynced);
      Lose(bytes, UnsyncedNames::kDropped);
      const std::string left = Bytes("file");
      ASSERT_GE(left.size(), synced.size());
      ASSERT_LE(left.size(), synced.size() + unsynced.size());
      EXPECT_EQ(left.substr(0, synced.size()), synced);
      if (bytes == UnsyncedBytes::kKept) {
        EXPECT_EQ(left, synced + unsynced);
      } else if (bytes == UnsyncedBytes::kDropped) {
        EXPECT_EQ(left, synced);
      } else if (bytes == UnsyncedBytes::kCut) {
        EXPECT_EQ(left, (synced + unsynced).substr(0, left.size()));
      }
      std::filesystem::remove(dir_ + "/file");
    }
  }
}

TEST_F(FaultFsTest, NewFileNeedsASyncOfItsDirectory) {
  Sync(*Create("lost"));
  Lose(UnsyncedBytes::kKept, UnsyncedNames::kDropped);
  EXPECT_THAT(Names(), IsEmpty());
  Sync(*Create("kept"));
  SyncDirectory();
  Lose(UnsyncedBytes::kDropped, UnsyncedNames::kDropped);
  EXPECT_THAT(Names(), ElementsAre("kept"));
}

TEST_F(FaultFsTest, RenameOverAFileIsUndone) {
  Put("CURRENT", "old");
  Put("new", "new");
  ASSERT_TRUE(fs_->RenameFile(dir_ + "/new", dir_ + "/CURRENT", kNoOptions, nullptr).ok());
  EXPECT_EQ(Bytes("CURRENT"), "new");
  Lose(UnsyncedBytes::kDropped, UnsyncedNames::kDropped);
  EXPECT_THAT(Names(), UnorderedElementsAre("CURRENT", "new"));
  EXPECT_EQ(Bytes("CURRENT"), "old");
  EXPECT_EQ(Bytes("new"), "new");

  ASSERT_TRUE(fs_->RenameFile(dir_ + "/new", dir_ + "/CURRENT", kNoOptions, nullptr).ok());
  SyncDirectory();
  Lose(UnsyncedBytes::kDropped, UnsyncedNames::kDropped);
  EXPECT_THAT(Names(), ElementsAre("CURRENT"));
  EXPECT_EQ(Bytes("CURRENT"), "new");
}

TEST_F(FaultFsTest, DeletedFileComesBack) {
  Put("file", "bytes");
  ASSERT_TRUE(fs_->DeleteFile(dir_ + "/file", kNoOptions, nullptr).ok());
  EXPECT_THAT(Names(), IsEmpty());
  Lose(UnsyncedBytes::kDropped, UnsyncedNames::kDropped);
  EXPECT_EQ(Bytes("file"), "bytes");
  ASSERT_TRUE(fs_->DeleteFile(dir_ + "/file", kNoOptions, nullptr).ok());
  Lose(UnsyncedBytes::kDropped, UnsyncedNames::kKept);
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(FaultFsTest, ChangesOfNamesCountInTheirOrder) {
  for (int round = 0; round < 20; ++round) {
    for (const char* name : {"a", "b", "c"}) Create(name);
    Lose(UnsyncedBytes::kKept, UnsyncedNames::kCut);
    const std::vector<std::string> names = Names();
    EXPECT_TRUE(names.size() < 2 || std::filesystem::exists(dir_ + "/a"));
    EXPECT_TRUE(names.size() < 3 || std::filesystem::exists(dir_ + "/b"));
    for (const std::string& name : names) std::filesystem::remove(dir_ + "/" + name);
  }
}

TEST_F(FaultFsTest, TruncationIsUndoneUntilItIsSynced) {
  const auto truncate = [this] {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    EXPECT_TRUE(fs_->ReopenWritableFile(dir_ + "/file", {}, &file, nullptr).ok());
    EXPECT_TRUE(file->Truncate(4, kNoOptions, nullptr).ok());
    return file;
  };
  std::set<std::string> seen;
  for (int round = 0; round < 50; ++round) {
    Put("file", "0123456789");
    truncate();
    Lose(UnsyncedBytes::kDropped, UnsyncedNames::kDropped);
    seen.insert(Bytes("file"));
  }
  EXPECT_THAT(seen, UnorderedElementsAre("0123", "0123456789"));
  Put("file", "0123456789");
  Sync(*truncate());
  Lose(UnsyncedBytes::kDropped, UnsyncedNames::kDropped);
  EXPECT_EQ(Bytes("file"), "0123");
}

TEST_F(FaultFsTest, WithoutPowerNothingWorks) {
  const auto file = Create("file");
  fs_->CutPower();
  EXPECT_TRUE(file->Append("x", kNoOptions, nullptr).IsIOError());
  EXPECT_TRUE(file->Sync(kNoOptions, nullptr).IsIOError());
  EXPECT_TRUE(fs_->DeleteFile(dir_ + "/file", kNoOptions, nullptr).IsIOError());
  std::vector<std::string> names;
  EXPECT_TRUE(fs_->GetChildren(dir_, kNoOptions, &names, nullptr).IsIOError());
  fs_->RestorePower({UnsyncedBytes::kKept, UnsyncedNames::kKept}, rng_);
  EXPECT_EQ(Bytes("file"), "");
}

TEST_F(FaultFsTest, TheNthCallFailsOnce) {
  fs_->Arm({.ops = {FileOp::kAppend}, .nth = 2});
  const auto file = Create("file");
  EXPECT_TRUE(file->Append("a", kNoOptions, nullptr).ok());
  EXPECT_TRUE(file->Append("b", kNoOptions, nullptr).IsIOError());
  EXPECT_TRUE(file->Append("c", kNoOptions, nullptr).ok());
  EXPECT_EQ(Bytes("file"), "ac");
  EXPECT_EQ(fs_->failures(), 1U);
  EXPECT_EQ(fs_->count(FileOp::kAppend), 3U);
  EXPECT_EQ(fs_->count(FileOp::kOpen), 1U);
}

TEST_F(FaultFsTest, FailsForEverWithNoSpaceAndHalfWritten) {
  fs_->Arm({.ops = {FileOp::kAppend},
            .for_ever = true,
            .no_space = true,
            .half_written = true,
            .name_contains = ".log"});
  const auto log = Create("1.log");
  const auto other = Create("2.sst");
  EXPECT_TRUE(other->Append("0123", kNoOptions, nullptr).ok());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(log->Append("0123", kNoOptions, nullptr).IsNoSpace());
  EXPECT_EQ(Bytes("1.log"), "010101");
  fs_->Disarm();
  EXPECT_TRUE(log->Append("4", kNoOptions, nullptr).ok());
}

TEST_F(FaultFsTest, FailedSyncSyncsNothing) {
  const auto file = Create("file");
  SyncDirectory();
  Append(*file, "bytes");
  fs_->Arm({.ops = {FileOp::kSync}});
  EXPECT_TRUE(file->Sync(kNoOptions, nullptr).IsIOError());
  Lose(UnsyncedBytes::kDropped, UnsyncedNames::kDropped);
  EXPECT_EQ(Bytes("file"), "");
}

// A database under it, with commits and syncs from two threads; the power goes at any moment.
TEST_F(FaultFsTest, DatabaseSurvivesPowerLoss) {
  Rng rng(TestSeed(3));
  for (int round = 0; round < 40; ++round) {
    uint64_t synced = 0;
    uint64_t written = 0;
    {
      MarkedDb db;
      MarkedDb::Options options;
      options.file_system = fs_;
      const rocksdb::Status opened = db.Open(dir_, options);
      ASSERT_TRUE(opened.ok()) << opened.ToString();
      for (uint64_t i = rng.Below(100); i > 0; --i) {
        ASSERT_TRUE(db.Commit(rng.Skewed(13)).ok());
        if (rng.Percent(10)) {
          ASSERT_TRUE(db.Sync().ok());
        }
        if (rng.Percent(3)) {
          ASSERT_TRUE(db.Flush().ok());
        }
      }
      synced = std::max(db.synced_through(), synced);
      written = db.last_commit();
      fs_->CutPower();
    }
    fs_->RestorePower({UnsyncedBytes::kAny, static_cast<UnsyncedNames>(rng.Below(3))}, rng);
    ASSERT_OK_AND_ASSIGN(const WalScan scan, ScanWal(*fs_, dir_));
    ASSERT_OK(CutTornTail(*fs_, dir_, scan));
    MarkedDb db;
    MarkedDb::Options options;
    options.file_system = fs_;
    options.recovery = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
    const rocksdb::Status opened = db.Open(dir_, options);
    ASSERT_TRUE(opened.ok()) << opened.ToString();
    const std::set<uint64_t> commits = db.Commits();
    EXPECT_GE(commits.size(), synced) << round;
    EXPECT_LE(commits.size(), written);
    EXPECT_TRUE(commits.empty() || *commits.rbegin() == commits.size()) << "a hole";
  }
}

TEST_F(FaultFsTest, ServesManyThreads) {
  std::atomic<int> done = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread, &done] {
      const auto file = Create(std::to_string(thread));
      for (int i = 0; i < 200; ++i) {
        Append(*file, "x");
        Sync(*file);
      }
      ++done;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, 4);
  SyncDirectory();
  Lose(UnsyncedBytes::kDropped, UnsyncedNames::kDropped);
  EXPECT_EQ(Bytes("3").size(), 200U);
}

}  // namespace
}  // namespace evlog
