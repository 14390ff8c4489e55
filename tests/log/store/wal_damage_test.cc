// Every byte of a small write-ahead log damaged, every length of it: never is a log with fewer
// synced commits taken for a whole one, and what is cut opens with exactly the commits before the
// cut.
#include <algorithm>
#include <string>

#include "log/store/commit_mark.h"
#include "log/store/wal_reader.h"
#include "tests/log/store/wal_fixture.h"
#include "tests/support/rng.h"

namespace evlog {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kCommits = 5;

class WalDamageTest : public WalFixture {
 protected:
  // A log of one file that crosses a block. `synced`: all commits are on disk, and a mark says so.
  Files MakeSmall(bool synced) {
    return Make([synced](MarkedDb& db) {
      for (const size_t bytes : {10, 0, 300, 33'000, 20}) WriteCommits(db, 1, bytes);
      if (!synced) return;
      ASSERT_TRUE(db.Sync().ok());
      ASSERT_TRUE(db.Watermark().ok());
    });
  }

  // All bytes of the small records, few of the large one.
  static size_t Step(size_t at) { return at < 700 || at > 32'500 ? 1 : 389; }

  // Opening a database is slow, so only some of the damaged logs are opened.
  bool TakeSample() { return ++taken_ % 23 == 0; }

  int taken_ = 0;
};

TEST_F(WalDamageTest, FlippedByteInASyncedLogIsLossOfData) {
  Files files = MakeSmall(true);
  const std::string wal = Wals(files)[0];
  const std::string whole = files.at(wal);
  const size_t watermark = whole.size() - kWalHeaderBytes - kBatchHeadBytes;
  for (size_t at = 0; at < whole.size(); at += Step(at)) {
    for (const char mask : {'\x01', '\x80', '\xff'}) {
      files[wal] = whole;
      files[wal][at] ^= mask;
      const absl::StatusOr<WalScan> scan = Scan(files);
      if (at < watermark) {
        EXPECT_THAT(scan, StatusIs(absl::StatusCode::kDataLoss, HasSubstr(wal + ", byte "))) << at;
      } else {
        ASSERT_OK(scan);
        EXPECT_EQ(scan->last_commit, kCommits) << at;
        EXPECT_EQ(scan->torn->offset, watermark) << at;
      }
    }
  }
}

TEST_F(WalDamageTest, FlippedByteInALogNeverSyncedIsATornTail) {
  Files files = MakeSmall(false);
  const std::string wal = Wals(files)[0];
  const std::string whole = files.at(wal);
  for (size_t at = 0; at < whole.size(); at += Step(at)) {
    files[wal] = whole;
    files[wal][at] ^= static_cast<char>(1 + at % 255);
    ASSERT_OK_AND_ASSIGN(const WalScan scan, Scan(files));
    ASSERT_TRUE(scan.torn.has_value()) << at;
    EXPECT_LE(scan.torn->offset, at);
    EXPECT_LT(scan.last_commit.value_or(0), kCommits);
    if (TakeSample()) ExpectRecovers(files, scan.last_commit.value_or(0));
  }
}

TEST_F(WalDamageTest, EveryLengthIsATornTailOrAnEnd) {
  Files files = MakeSmall(false);
  const std::string wal = Wals(files)[0];
  const std::string whole = files.at(wal);
  uint64_t last = 0;
  for (size_t size = 0; size <= whole.size(); size += Step(size)) {
    files[wal] = whole.substr(0, size);
    ASSERT_OK_AND_ASSIGN(const WalScan scan, Scan(files));
    EXPECT_GE(scan.last_commit.value_or(0), last);
    last = scan.last_commit.value_or(0);
    if (TakeSample()) ExpectRecovers(files, last);
  }
  EXPECT_EQ(last, kCommits);
}

// The rest of the file as zeros, as when its pages were never written back.
TEST_F(WalDamageTest, EveryZeroedTailIsATornTailOrAnEnd) {
  Files files = MakeSmall(false);
  const std::string wal = Wals(files)[0];
  const std::string whole = files.at(wal);
  uint64_t last = 0;
  for (size_t size = 0; size <= whole.size(); size += Step(size)) {
    files[wal] = whole.substr(0, size) + std::string(whole.size() - size, '\0');
    ASSERT_OK_AND_ASSIGN(const WalScan scan, Scan(files));
    EXPECT_GE(scan.last_commit.value_or(0), last);
    last = scan.last_commit.value_or(0);
    if (TakeSample()) ExpectRecovers(files, last);
  }
  EXPECT_EQ(last, kCommits);
}

// RocksDB skips such a hole and replays what lies behind: the reason why the cut is made by us.
TEST_F(WalDamageTest, ZeroedHoleIsCut) {
  Files files = MakeSmall(false);
  const std::string wal = Wals(files)[0];
  const std::string whole = files.at(wal);
  for (const size_t hole : {7, 50, 512, 4096, 32'768}) {
    for (size_t at = 0; at + hole < whole.size(); at += 91) {
      files[wal] = whole;
      files[wal].replace(at, hole, hole, '\0');
      if (files[wal] == whole) continue;  // there were zeros
      ASSERT_OK_AND_ASSIGN(const WalScan scan, Scan(files));
      EXPECT_LT(scan.last_commit.value_or(0), kCommits) << hole << " at " << at;
      EXPECT_TRUE(scan.torn.has_value());
      if (TakeSample()) ExpectRecovers(files, scan.last_commit.value_or(0));
    }
  }
}

// A file whose end is missing, with a later one that says what was on disk.
TEST_F(WalDamageTest, EveryLengthOfAnEarlierFileIsLossOfData) {
  Make([](MarkedDb& db) {
    for (const size_t bytes : {10, 0, 300, 20}) WriteCommits(db, 1, bytes);
  });
  Files files = Make([](MarkedDb& db) {
    ASSERT_TRUE(db.Sync().ok());
    ASSERT_TRUE(db.Watermark().ok());
  });
  const std::vector<std::string> wals = Wals(files);
  const std::string whole = files.at(wals[0]);
  for (size_t size = 0; size < whole.size(); ++size) {
    for (const bool zeroed : {false, true}) {
      files[wals[0]] = whole.substr(0, size);
      if (zeroed) files[wals[0]] += std::string(whole.size() - size, '\0');
      EXPECT_THAT(Scan(files), StatusIs(absl::StatusCode::kDataLoss)) << size << zeroed;
    }
  }
}

// Random bytes in random places of a log over several files, parts of it synced.
TEST_F(WalDamageTest, RandomDamageNeverHidesASyncedCommit) {
  Rng rng(TestSeed(11));
  uint64_t synced = 0;
  Files files;
  for (int file = 0; file < 3; ++file) {
    files = Make([&](MarkedDb& db) {
      for (int i = 0; i < 40; ++i) {
        WriteCommits(db, 1, rng.Skewed(13));
        if (rng.Percent(10)) {
          ASSERT_TRUE(db.Sync().ok());
          synced = db.synced_through();
        }
      }
    });
  }
  // What is synced but named by no mark cannot be proven; the next commit's mark would.
  ASSERT_OK_AND_ASSIGN(const WalScan whole, Scan(files));
  EXPECT_EQ(whole.last_commit, 120U);
  const uint64_t proven = whole.synced_through;
  EXPECT_GE(synced, proven);
  int losses = 0;
  for (int round = 0; round < 3000; ++round) {
    Files damaged = files;
    const std::vector<std::string> wals = Wals(files);
    std::string& bytes = damaged[wals[rng.Below(wals.size())]];
    const size_t at = rng.Below(bytes.size());
    const size_t size = std::min<size_t>(1 + rng.Skewed(12), bytes.size() - at);
    bytes.replace(at, size, rng.Percent(30) ? std::string(size, '\0') : rng.Bytes(size));
    const absl::StatusOr<WalScan> scan = Scan(damaged);
    if (!scan.ok()) {
      ASSERT_EQ(scan.status().code(), absl::StatusCode::kDataLoss);
      ++losses;
      continue;
    }
    // Damage that swallows the last proof too cannot be known.
    if (scan->synced_through == proven) {
      EXPECT_GE(*scan->last_commit, proven) << round;
    }
    if (round % 200 == 0) ExpectRecovers(damaged, scan->last_commit.value_or(0));
  }
  EXPECT_GT(losses, 500);
}

}  // namespace
}  // namespace evlog
