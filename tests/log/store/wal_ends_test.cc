// Reading a directory whose write-ahead log has a torn tail, before an owner has cut it off.
#include "log/store/wal_ends.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "log/store/store.h"
#include "tests/support/files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

namespace fs = std::filesystem;
using ::testing::Optional;

class WalEndsTest : public ::testing::Test {
 protected:
  void SetUp() override { WriteFile(temp_.Path("7.log"), "0123456789"); }
  static rocksdb::FileSystem& machine() { return *rocksdb::FileSystem::Default(); }
  std::string ReadShown(rocksdb::FSSequentialFile& file) {
    std::string bytes;
    for (;;) {
      char scratch[4];
      rocksdb::Slice piece;
      EXPECT_TRUE(file.Read(sizeof scratch, {}, &piece, scratch, nullptr).ok());
      if (piece.empty()) return bytes;
      bytes.append(piece.data(), piece.size());
    }
  }
  std::unique_ptr<rocksdb::FSSequentialFile> Show(const std::string& name) {
    std::unique_ptr<rocksdb::FSSequentialFile> file;
    EXPECT_TRUE(WithWalEnds(rocksdb::FileSystem::Default(), ends_)
                    ->NewSequentialFile(temp_.Path(name), {}, &file, nullptr)
                    .ok());
    return file;
  }

  const TempDir temp_;
  const std::shared_ptr<WalEnds> ends_ = std::make_shared<WalEnds>();
};

TEST_F(WalEndsTest, ShowsAFileUpToItsEnd) {
  WriteFile(temp_.Path("8.log"), "abcd");
  WriteFile(temp_.Path("9.log"), "efgh");
  EXPECT_EQ(ReadShown(*Show("7.log")), "0123456789");
  TornTail torn;
  torn.file = "7.log";
  torn.offset = 6;
  torn.size = 10;
  torn.files_after = {{"8.log", 4}};
  ends_->Set(temp_.path(), torn);
  EXPECT_THAT(ends_->EndOf(machine(), temp_.Path("7.log")), Optional(6u));
  EXPECT_THAT(ends_->EndOf(machine(), temp_.Path("8.log")), Optional(0u));
  EXPECT_EQ(ReadShown(*Show("7.log")), "012345");
  EXPECT_EQ(ReadShown(*Show("8.log")), "");
  EXPECT_EQ(ReadShown(*Show("9.log")), "efgh");
  const auto skipped = Show("7.log");
  ASSERT_TRUE(skipped->Skip(3).ok());
  EXPECT_EQ(ReadShown(*skipped), "345");
  ends_->Set(temp_.path(), std::nullopt);
  EXPECT_EQ(ReadShown(*Show("7.log")), "0123456789");
}

// An owner began while the scan was reading: what looked torn was being written.
TEST_F(WalEndsTest, AFileThatHasAnotherSizeIsShownAsItIs) {
  TornTail torn;
  torn.file = "7.log";
  torn.offset = 6;
  torn.size = 10;
  ends_->Set(temp_.path(), torn);
  const auto followed = Show("7.log");
  EXPECT_EQ(ReadShown(*followed), "012345");
  WriteFile(temp_.Path("7.log"), "0123456789ab");
  EXPECT_EQ(ReadShown(*followed), "6789ab");
  EXPECT_EQ(ReadShown(*Show("7.log")), "0123456789ab");
  WriteFile(temp_.Path("7.log"), "012345");
  EXPECT_EQ(ReadShown(*Show("7.log")), "012345");
}

class TornReadTest : public ::testing::Test {
 protected:
  static void Commit(Store* store, int count) {
    StoreBatch batch;
    store->Attach(&batch);
    uint64_t commit = store->last_commit();
    for (int i = 0; i < count; ++i) {
      batch.Begin({MarkKind::kCommit, ++commit, 1});
      batch.Put(Family::kLog, EncodeLogKey({commit, 0}).view(), std::string(50, 'v'));
      ASSERT_OK(store->Write(batch));
    }
  }
  // Another few commits, in a file of their own, of which the first of the log alone was synced.
  void Add(int count) {
    ASSERT_OK_AND_ASSIGN(const auto store, Store::Open(dir_, {}, {}));
    Commit(store.get(), count);
  }
  std::string Wal() const {
    std::string newest;
    for (const auto& file : fs::directory_iterator(dir_ + "/db")) {
      if (file.path().extension() == ".log") newest = std::max<std::string>(newest, file.path());
    }
    return newest;
  }
  absl::StatusOr<std::unique_ptr<Store>> OpenReader(bool despite_loss = false) const {
    StoreOptions options;
    options.read_only = true;
    options.despite_loss = despite_loss;
    return Store::Open(dir_, options, {});
  }
  static int Rows(const Store& store) {
    int rows = 0;
    StoreIterator row = store.ScanAll(Family::kLog);
    for (row.SeekToFirst(); row.Valid(); row.Next()) ++rows;
    EXPECT_OK(row.status());
    return rows;
  }
  // What a reader sees is what an owner keeps that opens after it.
  void ExpectReadAsRecovered() {
    const std::string wal = Wal();
    const std::string before = ReadFile(wal);
    ASSERT_OK_AND_ASSIGN(const auto reader, OpenReader());
    const int seen = Rows(*reader);
    EXPECT_EQ(ReadFile(wal), before) << "a reader changed something";
    ASSERT_OK_AND_ASSIGN(const auto owner, Store::Open(dir_, {}, {}));
    EXPECT_EQ(Rows(*owner), seen);
    // And it goes on following.
    Commit(owner.get(), 2);
    ASSERT_OK(reader->CatchUp());
    EXPECT_EQ(Rows(*reader), seen + 2);
    Commit(owner.get(), 0);
    ASSERT_OK(reader->CatchUp());
    EXPECT_EQ(Rows(*reader), seen + 2);
  }

  const TempDir temp_;
  const std::string dir_ = temp_.Path("log");
};

TEST_F(TornReadTest, ATailWithABadChecksum) {
  for (const size_t from_end : {1, 5, 60, 130, 400}) {
    SCOPED_TRACE(from_end);
    fs::remove_all(dir_);
    Add(20);
    std::string bytes = ReadFile(Wal());
    bytes[bytes.size() - from_end] ^= 1;
    WriteFile(Wal(), bytes);
    ExpectReadAsRecovered();
  }
}

TEST_F(TornReadTest, ATailOfZerosOrGarbage) {
  for (const char filler : {'\0', 'x'}) {
    for (const size_t kept : {150, 333, 700}) {
      for (const size_t added : {3, 100, 40'000}) {
        SCOPED_TRACE(std::to_string(kept) + " " + std::to_string(added));
        fs::remove_all(dir_);
        Add(20);
        WriteFile(Wal(), ReadFile(Wal()).substr(0, kept) + std::string(added, filler));
        ExpectReadAsRecovered();
      }
    }
  }
}

TEST_F(TornReadTest, LaterFilesBehindTheDamage) {
  Add(20);
  const std::string first = Wal();
  Add(20);
  ASSERT_NE(Wal(), first);
  std::string bytes = ReadFile(first);
  bytes[bytes.size() / 2] ^= 1;
  WriteFile(first, bytes);
  ExpectReadAsRecovered();
}

TEST_F(TornReadTest, WhatVerifyReadsOfALogThatLostCommitsEndsThere) {
  Add(20);
  {
    ASSERT_OK_AND_ASSIGN(const auto store, Store::Open(dir_, {}, {}));
    StoreBatch batch;
    store->Attach(&batch);
    batch.Begin({MarkKind::kWatermark, store->last_commit(), store->last_commit()});
    ASSERT_OK(store->Write(batch));
  }
  std::string first;
  for (const auto& file : fs::directory_iterator(dir_ + "/db")) {
    if (file.path().extension() != ".log" || file.file_size() < 1000) continue;
    first = file.path();
  }
  std::string bytes = ReadFile(first);
  bytes[bytes.size() / 2] ^= 1;
  WriteFile(first, bytes);
  EXPECT_THAT(OpenReader(), StatusIs(absl::StatusCode::kDataLoss));
  ASSERT_OK_AND_ASSIGN(const auto reader, OpenReader(true));
  EXPECT_GT(Rows(*reader), 5);
  EXPECT_LT(Rows(*reader), 15);
}

}  // namespace
}  // namespace evlog
