#include "log/store/wal_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "tests/support/fault_fs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

using ::testing::HasSubstr;

const auto kUnavailable = absl::StatusCode::kUnavailable;

TEST(WalGateTest, LetsSyncsThroughUntilSomethingFails) {
  WalGate gate;
  EXPECT_TRUE(gate.open());
  EXPECT_OK(gate.failure());
  ASSERT_TRUE(gate.BeginSync());
  ASSERT_TRUE(gate.BeginSync());  // several at a time
  gate.EndSync();
  gate.EndSync();
  gate.WriteFailed(rocksdb::IOStatus::NoSpace("first"));
  EXPECT_FALSE(gate.open());
  EXPECT_FALSE(gate.BeginSync());
  gate.SyncFailed(rocksdb::IOStatus::IOError("second"));
  EXPECT_THAT(gate.failure(), StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("first")));
  gate.Reset();
  EXPECT_TRUE(gate.open());
  EXPECT_OK(gate.failure());
  ASSERT_TRUE(gate.BeginSync());
  gate.EndSync();
}

TEST(WalGateTest, AFailedWriteWaitsForTheSyncsThatRun) {
  WalGate gate;
  ASSERT_TRUE(gate.BeginSync());
  std::atomic<bool> ended = false;
  std::thread writer([&] {
    gate.WriteFailed(rocksdb::IOStatus::IOError("write"));
    EXPECT_TRUE(ended);
  });
  while (gate.open()) std::this_thread::yield();
  EXPECT_FALSE(gate.BeginSync());
  ended = true;
  gate.EndSync();
  writer.join();
}

TEST(WalGateTest, AFailedSyncWaitsForNothing) {
  WalGate gate;
  ASSERT_TRUE(gate.BeginSync());
  gate.SyncFailed(rocksdb::IOStatus::IOError("sync"));  // from within that sync
  EXPECT_FALSE(gate.BeginSync());
  gate.EndSync();
  EXPECT_THAT(gate.failure(), StatusIs(kUnavailable, HasSubstr("sync")));
}

class GatedFilesTest : public ::testing::Test {
 protected:
  std::unique_ptr<rocksdb::FSWritableFile> NewFile(const std::string& name) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    EXPECT_TRUE(gated_->NewWritableFile(temp_.Path(name), {}, &file, nullptr).ok());
    return file;
  }

  const TempDir temp_;
  const std::shared_ptr<FaultFs> fs_ = std::make_shared<FaultFs>(temp_.Path("stash"));
  const std::shared_ptr<WalGate> gate_ = std::make_shared<WalGate>();
  const std::shared_ptr<rocksdb::FileSystem> gated_ = WithWalGate(fs_, gate_);
};

TEST_F(GatedFilesTest, AFailureOfALogFileClosesTheGate) {
  for (const FileOp op : {FileOp::kAppend, FileOp::kSync}) {
    gate_->Reset();
    const std::unique_ptr<rocksdb::FSWritableFile> file = NewFile("000007.log");
    EXPECT_TRUE(file->Append("x", {}, nullptr).ok());
    EXPECT_TRUE(file->Sync({}, nullptr).ok());
    EXPECT_TRUE(gate_->open());
    EXPECT_TRUE(file->IsSyncThreadSafe());
    fs_->Arm({.ops = {op}, .no_space = true});
    EXPECT_NE(file->Append("x", {}, nullptr).ok(), op == FileOp::kAppend);
    EXPECT_NE(file->Sync({}, nullptr).ok(), op == FileOp::kSync);
    EXPECT_THAT(gate_->failure(), StatusIs(absl::StatusCode::kResourceExhausted));
    EXPECT_FALSE(file->IsSyncThreadSafe());
  }
}

TEST_F(GatedFilesTest, AFailureOfAnotherFileDoesNot) {
  const std::unique_ptr<rocksdb::FSWritableFile> file = NewFile("000007.sst");
  fs_->Arm({.for_ever = true});
  EXPECT_FALSE(file->Append("x", {}, nullptr).ok());
  EXPECT_FALSE(file->Sync({}, nullptr).ok());
  std::unique_ptr<rocksdb::FSWritableFile> none;
  EXPECT_FALSE(gated_->NewWritableFile(temp_.Path("000009.log"), {}, &none, nullptr).ok());
  EXPECT_TRUE(gate_->open());
}

// RocksDB alone, for what it does with its log files below the store.
class GatedDbTest : public GatedFilesTest {
 protected:
  void SetUp() override {
    rocksdb::DBOptions options;
    options.env = env_.get();
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    options.max_bgerror_resume_count = 0;
    rocksdb::DB* db = nullptr;
    // With one family a flush would not sync the log file.
    ASSERT_TRUE(rocksdb::DB::Open(options, temp_.Path("db"),
                                  {{rocksdb::kDefaultColumnFamilyName, {}}, {"b", {}}}, &families_,
                                  &db)
                    .ok());
    db_.reset(db);
  }
  void TearDown() override {
    for (rocksdb::ColumnFamilyHandle* family : families_) {
      db_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
    }
    db_.reset();
  }

  const std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(gated_);
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::unique_ptr<rocksdb::DB> db_;
};

// Without the gate this asserts in WritableFileWriter.
TEST_F(GatedDbTest, SyncWalDoesNotTouchALogFileThatAFlushCouldNotSync) {
  ASSERT_TRUE(db_->Put({}, families_[0], "a", "1").ok());
  fs_->Arm({.ops = {FileOp::kSync}, .name_contains = ".log"});
  EXPECT_FALSE(db_->Flush({}, families_[0]).ok());
  EXPECT_EQ(fs_->failures(), 1u);
  EXPECT_FALSE(gate_->open());
  EXPECT_TRUE(db_->SyncWAL().IsNotSupported());
}

TEST_F(GatedDbTest, SyncWalDoesNotTouchALogFileAfterAFailedWrite) {
  ASSERT_TRUE(db_->Put({}, families_[0], "a", "1").ok());
  fs_->Arm({.ops = {FileOp::kAppend}, .name_contains = ".log"});
  EXPECT_FALSE(db_->Put({}, families_[0], "b", "2").ok());
  EXPECT_FALSE(gate_->open());
  EXPECT_TRUE(db_->SyncWAL().IsNotSupported());
}

}  // namespace
}  // namespace evlog
