#include "log/store/flush_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "rocksdb/listener.h"
#include "rocksdb/status.h"
#include "rocksdb/write_buffer_manager.h"

namespace evlog {
namespace {

constexpr size_t kBytes = 1000;

class FlushGateTest : public ::testing::Test {
 protected:
  void Seal(const std::string& family) {
    rocksdb::MemTableInfo info;
    info.cf_name = family;
    gate_.OnMemTableSealed(info);
  }
  void Flushed(const std::string& family) {
    rocksdb::FlushJobInfo info;
    info.cf_name = family;
    gate_.OnFlushCompleted(nullptr, info);
  }
  // What RocksDB counts: so many bytes in memtables that are written to.
  void Fill(size_t bytes) { memtables_->ReserveMem(bytes); }

  std::shared_ptr<rocksdb::WriteBufferManager> memtables_ =
      std::make_shared<rocksdb::WriteBufferManager>(kBytes);
  FlushGate gate_{memtables_, kBytes};
};

TEST_F(FlushGateTest, AWriteThatAsksForTheFirstFlushDoesNotWait) {
  Fill(kBytes);
  ASSERT_TRUE(memtables_->ShouldFlush());
  gate_.BeforeWrite();
}

TEST_F(FlushGateTest, WhileOneRunsThereIsRoomForAsMuchAgain) {
  Seal("log");
  Fill(kBytes);
  EXPECT_FALSE(memtables_->ShouldFlush());
  gate_.BeforeWrite();
  Seal("dir");
  Flushed("log");
  EXPECT_FALSE(memtables_->ShouldFlush()) << "half of it is flushed";
  Flushed("dir");
  EXPECT_TRUE(memtables_->ShouldFlush()) << "the next write asks for the next flush";
  gate_.BeforeWrite();
}

TEST_F(FlushGateTest, AWriteThatWouldAskForAnotherWaitsForTheEndOfTheFirst) {
  Seal("log");
  Seal("dir");
  Fill(2 * kBytes);
  ASSERT_TRUE(memtables_->ShouldFlush());
  std::atomic<int> flushed = 0;
  std::thread writer([&] {
    gate_.BeforeWrite();
    EXPECT_EQ(flushed, 2);
  });
  ++flushed;
  Flushed("log");
  ++flushed;
  Flushed("dir");
  writer.join();
}

TEST_F(FlushGateTest, AFlushThatFailedLetsWritesGoAndBeRefused) {
  Seal("log");
  Fill(2 * kBytes);
  std::thread writer([&] { gate_.BeforeWrite(); });
  rocksdb::Status full = rocksdb::Status::NoSpace();
  gate_.OnBackgroundError(rocksdb::BackgroundErrorReason::kFlush, &full);
  writer.join();
  Seal("dir");  // nobody will flush it
  gate_.BeforeWrite();
}

}  // namespace
}  // namespace evlog
