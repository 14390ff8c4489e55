// The background's work against the store and the disk: what may go when, and a disk that fills up.
#include "log/maintenance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "embedded/local_event_log.h"
#include "evlog/event_log.h"
#include "log/log.h"
#include "rocksdb/file_system.h"
#include "tests/log/store_peer.h"
#include "tests/support/manual_clock.h"
#include "tests/support/owned_entry.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// A disk of which a test says how much is free, and on which writes fail at its word.
class SmallDisk : public rocksdb::FileSystemWrapper {
 public:
  SmallDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "SmallDisk"; }

  rocksdb::IOStatus GetFreeSpace(const std::string&, const rocksdb::IOOptions&, uint64_t* free,
                                 rocksdb::IODebugContext*) override {
    *free = free_;
    return rocksdb::IOStatus::OK();
  }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status = target()->NewWritableFile(path, options, file, debug);
    if (status.ok()) *file = std::make_unique<File>(std::move(*file), this);
    return status;
  }

  std::atomic<uint64_t> free_{uint64_t{1} << 40};
  std::atomic<bool> full_{false};

 private:
  class File : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSWritableFile> file, SmallDisk* disk)
        : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk) {}
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      if (disk_->full_) return rocksdb::IOStatus::NoSpace("the disk is full");
      return target()->Append(data, options, debug);
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo& info,
                             rocksdb::IODebugContext* debug) override {
      if (disk_->full_) return rocksdb::IOStatus::NoSpace("the disk is full");
      return target()->Append(data, options, info, debug);
    }

   private:
    SmallDisk* const disk_;
  };
};

class MaintenanceTest : public ::testing::Test {
 protected:
  MaintenanceTest() : disk_(std::make_shared<SmallDisk>()) {
    options_.clock = &clock_;
    options_.maintenance_interval = absl::InfiniteDuration();
    options_.memtable_bytes = size_t{64} << 10;
  }

  std::unique_ptr<EventLog> OpenLog() {
    absl::StatusOr<std::unique_ptr<EventLog>> log = OpenOn({disk_}, temp_.Path("log"), options_);
    EXPECT_OK(log);
    return *std::move(log);
  }

  static uint64_t Rows(const Store& store, Family family) {
    uint64_t count = 0;
    StoreIterator rows = store.ScanAll(family);
    for (rows.SeekToFirst(); rows.Valid(); rows.Next()) ++count;
    EXPECT_OK(rows.status());
    return count;
  }

  TempDir temp_;
  ManualClock clock_;
  std::shared_ptr<SmallDisk> disk_;
  OpenOptions options_;
};

// The race of a filter against the sync of the watermark that it goes by: rows go only once the row
// that says that they are trimmed is on the disk.
TEST_F(MaintenanceTest, RowsStayUntilTheirTrimIsOnTheDisk) {
  options_.memtable_bytes = size_t{64} << 20;  // flushed by the test alone
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Log> log,
                       Log::Open(temp_.Path("log"), options_, {disk_}));
  ASSERT_OK_AND_ASSIGN(const Catalog::Found found,
                       log->catalog().FindOrCreate(0, "s", {.durability = Durability::kOs}));
  const std::string value(2000, 'x');
  for (int i = 0; i < 500; ++i) {
    internal::BatchData batch;
    ASSERT_OK(batch.Add({{"v", value}}, {}));
    ASSERT_OK(log->Append(found.stream, std::move(batch), {}));
  }
  ASSERT_OK(log->Sync());
  ASSERT_OK(log->Trim(found.stream, {.keep = {.max_entries = 1, .exact = true}}));
  const Store& store = log->store();
  const uint64_t before = Rows(store, Family::kLog);
  ASSERT_OK(StorePeer::RewriteAll(store, Family::kLog));
  ASSERT_OK(StorePeer::RewriteAll(store, Family::kDir));
  EXPECT_EQ(Rows(store, Family::kLog), before);
  EXPECT_EQ(Rows(store, Family::kDir), before);
  ASSERT_OK(log->Sync());
  ASSERT_OK(StorePeer::RewriteAll(store, Family::kLog));
  ASSERT_OK(StorePeer::RewriteAll(store, Family::kDir));
  EXPECT_LT(Rows(store, Family::kLog), before / 5);
  EXPECT_LT(Rows(store, Family::kDir), before / 5);
}

TEST_F(MaintenanceTest, BelowTheSoftLimitOnlyRemovalsGoOn) {
  const std::unique_ptr<EventLog> log = OpenLog();
  ASSERT_OK_AND_ASSIGN(Stream stream, log->OpenStream("s"));
  for (int i = 0; i < 5; ++i) ASSERT_OK(stream.Append({{"v", "x"}}));
  disk_->free_ = options_.disk_free_min - 1;
  ASSERT_OK(log->Maintain());
  EXPECT_THAT(stream.Append({{"v", "y"}}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("disk_free_min")));
  EXPECT_OK(log->Health());  // not latched
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 2, .exact = true}}));
  ASSERT_OK_AND_ASSIGN(const std::vector<OwnedEntry> left, ReadAll(*log, {.stream = "s"}));
  EXPECT_THAT(left, SizeIs(2));
  disk_->free_ = options_.disk_free_min;
  ASSERT_OK(log->Maintain());
  EXPECT_OK(stream.Append({{"v", "y"}}));
}

TEST_F(MaintenanceTest, AFullDiskIsLeftWithoutARestart) {
  const std::unique_ptr<EventLog> log = OpenLog();
  ASSERT_OK_AND_ASSIGN(Stream stream, log->OpenStream("s"));
  ASSERT_OK(stream.Append({{"v", "before"}}));
  ASSERT_OK(log->Maintain());
  const std::string reserve = temp_.Path("log") + "/RESERVE";
  EXPECT_EQ(std::filesystem::file_size(reserve), options_.disk_reserve_bytes);
  disk_->full_ = true;
  disk_->free_ = 0;
  EXPECT_THAT(stream.Append({{"v", "lost"}}), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(log->Health(), StatusIs(absl::StatusCode::kResourceExhausted));
  disk_->full_ = false;  // as once the reserve is given back
  ASSERT_OK(log->Maintain());
  EXPECT_FALSE(std::filesystem::exists(reserve));
  ASSERT_OK(log->Health());
  EXPECT_THAT(stream.Append({{"v", "y"}}), StatusIs(absl::StatusCode::kResourceExhausted));
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 0, .exact = true}}));
  disk_->free_ = uint64_t{1} << 40;
  ASSERT_OK(log->Maintain());
  EXPECT_OK(stream.Append({{"v", "after"}}));
  EXPECT_TRUE(std::filesystem::exists(reserve));
}

}  // namespace
}  // namespace evlog
