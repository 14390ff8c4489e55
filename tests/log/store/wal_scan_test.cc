// The scan of write-ahead logs that a real RocksDB wrote. Damage of every byte: wal_damage_test.cc.
#include "log/store/wal_scan.h"

#include <string>

#include "tests/log/store/wal_fixture.h"

namespace evlog {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

class WalScanTest : public WalFixture {};

TEST_F(WalScanTest, NoDirectoryAndNoLogAreEmpty) {
  ASSERT_OK_AND_ASSIGN(WalScan scan, ScanWal(*rocksdb::FileSystem::Default(), dir_));
  EXPECT_EQ(scan.last_commit, std::nullopt);
  EXPECT_FALSE(scan.torn.has_value());
  ASSERT_OK_AND_ASSIGN(scan, Scan({}));
  EXPECT_EQ(scan.files, 0U);
  EXPECT_OK(Cut(scan));
}

// Also measures that RocksDB writes a batch that holds nothing but log data.
TEST_F(WalScanTest, CommitsOfAllSizesAndWatermarks) {
  const Files files = Make([](MarkedDb& db) {
    for (const size_t bytes : {0, 1, 100, 32'600, 32'700, 32'768, 65'536, 200 << 10}) {
      WriteCommits(db, 1, bytes);
    }
    ASSERT_TRUE(db.Sync().ok());
    ASSERT_TRUE(db.Watermark().ok());
    for (size_t bytes = 32'500; bytes < 32'800; ++bytes) WriteCommits(db, 1, bytes);
    ASSERT_TRUE(db.Sync().ok());
    ASSERT_TRUE(db.Watermark().ok());
  });
  const WalScan scan = ExpectRecovers(files, 308);
  EXPECT_THAT(scan.first_commit, Optional(1));
  EXPECT_EQ(scan.synced_through, 308U);
  EXPECT_EQ(scan.records, 310U);
  EXPECT_EQ(scan.foreign_records, 0U);
  EXPECT_EQ(scan.files, 1U);
  EXPECT_EQ(scan.bytes, files.at("000004.log").size());
}

TEST_F(WalScanTest, FollowsCommitsAcrossFilesAndReopening) {
  for (int round = 1; round <= 4; ++round) {
    const Files files = Make([round](MarkedDb& db) {
      WriteCommits(db, 10);
      if (round == 2) {
        ASSERT_TRUE(db.Flush().ok());
      }
      WriteCommits(db, 10);
    });
    const WalScan scan = ExpectRecovers(files, 20 * round);
    EXPECT_THAT(scan.first_commit, Optional(round == 1 ? 1 : 31));
    EXPECT_FALSE(scan.torn.has_value());
  }
}

TEST_F(WalScanTest, BeginsWhereTheTablesEnd) {
  const Files files = Make([](MarkedDb& db) {
    WriteCommits(db, 10);
    ASSERT_TRUE(db.Flush().ok());
    ASSERT_TRUE(db.Sync().ok());
    ASSERT_TRUE(db.Watermark().ok());
  });
  const WalScan scan = ExpectRecovers(files, 10);
  EXPECT_EQ(scan.first_commit, std::nullopt);
  EXPECT_EQ(scan.synced_through, 10U);
}

// RocksDB deletes the files newest first, so a crash can leave the oldest.
TEST_F(WalScanTest, FilesPastUseAreNoGap) {
  const Files before = MakeThreeFiles();
  Files after = Make([](MarkedDb& db) {
    ASSERT_TRUE(db.Flush().ok());
    WriteCommits(db, 10);
    ASSERT_TRUE(db.Flush().ok());
    WriteCommits(db, 5);
  });
  const std::vector<std::string> old = Wals(before);
  ASSERT_EQ(old.size(), 3U);
  after[old[0]] = before.at(old[0]);
  after[old[1]] = before.at(old[1]);
  const WalScan scan = ExpectRecovers(after, 45);
  EXPECT_THAT(scan.first_commit, Optional(41));
  EXPECT_FALSE(scan.torn.has_value());
}

TEST_F(WalScanTest, MissingFileBehindWhichNothingWasSynced) {
  Files files = MakeThreeFiles();
  const std::vector<std::string> wals = Wals(files);
  files.erase(wals[1]);
  const WalScan scan = ExpectRecovers(files, 10);
  EXPECT_EQ(scan.torn->file, wals[2]);
  EXPECT_EQ(scan.torn->offset, 0U);
  EXPECT_EQ(scan.torn->reason, "commit 21 follows commit 10");
  EXPECT_EQ(scan.torn->commits_dropped, 10U);
  EXPECT_EQ(scan.torn->bytes_dropped, files.at(wals[2]).size());
}

TEST_F(WalScanTest, MissingFileOfSyncedCommitsIsDataLoss) {
  Make([](MarkedDb& db) { WriteCommits(db, 10); });
  Make([](MarkedDb& db) { WriteCommits(db, 10); });
  Files files = Make([](MarkedDb& db) {
    WriteCommits(db, 1);
    ASSERT_TRUE(db.Sync().ok());
    WriteCommits(db, 4);
  });
  const std::vector<std::string> wals = Wals(files);
  files.erase(wals[1]);
  EXPECT_THAT(Scan(files),
              StatusIs(absl::StatusCode::kDataLoss,
                       AllOf(HasSubstr(wals[2] + ", byte 0"), HasSubstr("missing: commits 11..20"),
                             HasSubstr("not to be replayed: commits 21..25"),
                             HasSubstr("commit 22 says that 21 was on disk"))));
}

// The first file is judged by what the tables end with.
TEST_F(WalScanTest, MissingFirstFileOfSyncedCommitsIsDataLoss) {
  Files files = Make([](MarkedDb& db) { WriteCommits(db, 10); });
  files = Make([](MarkedDb& db) {
    ASSERT_TRUE(db.Sync().ok());
    WriteCommits(db, 2);
  });
  const std::vector<std::string> wals = Wals(files);
  ASSERT_EQ(wals.size(), 2U);
  for (const bool erase : {true, false}) {
    Files damaged = files;
    damaged[wals[0]].clear();
    if (erase) damaged.erase(wals[0]);
    EXPECT_THAT(Scan(damaged),
                StatusIs(absl::StatusCode::kDataLoss,
                         AllOf(HasSubstr("begins with 11"), HasSubstr("commit 10"))));
  }
}

TEST_F(WalScanTest, MissingFirstFileBehindWhichNothingWasSynced) {
  Make([](MarkedDb& db) { WriteCommits(db, 10); });
  Files files = Make([](MarkedDb& db) { WriteCommits(db, 2); });
  const std::vector<std::string> wals = Wals(files);
  files[wals[0]].clear();
  const WalScan scan = ExpectRecovers(files, 0);
  EXPECT_EQ(scan.torn->file, wals[1]);
  EXPECT_EQ(scan.torn->offset, 0U);
}

TEST_F(WalScanTest, TornTailOfAnEarlierFileDropsTheLaterOnes) {
  Files files = MakeThreeFiles();
  const std::vector<std::string> wals = Wals(files);
  const size_t size = files.at(wals[0]).size();
  files[wals[0]].resize(size - 3);
  const WalScan scan = ExpectRecovers(files, 9);
  EXPECT_EQ(scan.torn->file, wals[0]);
  EXPECT_EQ(scan.torn->size, size - 3);
  EXPECT_THAT(scan.torn->files_after,
              ElementsAre(TornTail::File{wals[1], files.at(wals[1]).size()},
                          TornTail::File{wals[2], files.at(wals[2]).size()}));
  EXPECT_EQ(scan.torn->commits_dropped, 20U);
}

// A file system whose files say OK to a truncation and do nothing.
class NoTruncateFs : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "NoTruncateFs"; }
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status = target()->ReopenWritableFile(path, options, file, debug);
    if (status.ok()) *file = std::make_unique<File>(std::move(*file));
    return status;
  }

 private:
  class File : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;
    rocksdb::IOStatus Truncate(uint64_t, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override {
      return rocksdb::IOStatus::OK();
    }
  };
};

TEST_F(WalScanTest, CutRewritesWhereTheFileSystemCannotTruncate) {
  Files files = MakeThreeFiles();
  const std::vector<std::string> wals = Wals(files);
  files[wals[0]].resize(files.at(wals[0]).size() - 3);
  ASSERT_OK_AND_ASSIGN(const WalScan scan, Scan(files));
  NoTruncateFs fs(env_->GetFileSystem());
  EXPECT_OK(CutTornTail(fs, kDir, scan));
  ExpectOpensWith(9);
  const Files cut = Unload();
  EXPECT_EQ(cut.at(wals[0]), files.at(wals[0]).substr(0, scan.torn->offset));
  EXPECT_EQ(cut.at(wals[1]), "");
  EXPECT_EQ(cut.count(wals[0] + ".cut"), 0U);
}

// At each step of the cut the machine may stop: the scan then finds the same place.
TEST_F(WalScanTest, InterruptedCutIsTakenUpAgain) {
  Files files = MakeThreeFiles();
  const std::vector<std::string> wals = Wals(files);
  files[wals[0]].resize(files.at(wals[0]).size() - 3);
  for (const std::string& emptied : {wals[2], wals[1]}) {
    files[emptied].clear();
    const WalScan scan = ExpectRecovers(files, 9);
    EXPECT_EQ(scan.torn->file, wals[0]);
  }
}

TEST_F(WalScanTest, ZerosAtTheEndOfAFileAreAnEnd) {
  Files files = MakeThreeFiles();
  const std::vector<std::string> wals = Wals(files);
  for (const std::string& wal : wals) files[wal] += std::string(5000, '\0');
  const WalScan scan = ExpectRecovers(files, 30);
  ASSERT_TRUE(scan.torn.has_value());  // those behind everything are cut off
  EXPECT_EQ(scan.torn->file, wals.back());
  EXPECT_EQ(scan.torn->commits_dropped, 0u);
}

// RocksDB would say "truncated header".
TEST_F(WalScanTest, FewerZerosThanAHeaderHasAreCut) {
  const Files whole = MakeThreeFiles();
  for (size_t count = 1; count <= 8; ++count) {
    Files files = whole;
    files[Wals(files).back()] += std::string(count, '\0');
    ExpectRecovers(files, 30);
  }
}

// As RocksDB would read them first.
TEST_F(WalScanTest, FewerZerosThanAHeaderHasAreCutBeforeADamagedFile) {
  const Files whole = MakeThreeFiles();
  const std::vector<std::string> wals = Wals(whole);
  for (size_t count = 1; count <= 8; ++count) {
    Files files = whole;
    files[wals[1]] += std::string(count, '\0');
    files[wals[2]] = std::string(5, 'x');
    const WalScan scan = ExpectRecovers(files, 20);
    ASSERT_TRUE(scan.torn.has_value());
    EXPECT_EQ(scan.torn->file, wals[1]);
    EXPECT_EQ(scan.torn->offset, whole.at(wals[1]).size());
  }
}

TEST_F(WalScanTest, ZerosInPlaceOfCommitsAreWhereTheCutIs) {
  Files files = MakeThreeFiles();
  const std::vector<std::string> wals = Wals(files);
  std::string& bytes = files[wals[1]];
  const size_t half = bytes.size() / 2;
  bytes.replace(half, std::string::npos, bytes.size() - half, '\0');
  ASSERT_OK_AND_ASSIGN(const WalScan scan, Scan(files));
  ASSERT_TRUE(scan.torn.has_value());
  EXPECT_EQ(scan.torn->file, wals[1]);
  EXPECT_THAT(scan.torn->files_after,
              ElementsAre(TornTail::File{wals[2], files.at(wals[2]).size()}));
  ExpectRecovers(files, *scan.last_commit);
}

TEST_F(WalScanTest, ForeignRecordsAreCounted) {
  const Files files = Make([](MarkedDb& db) {
    WriteCommits(db, 3);
    ASSERT_TRUE(db.db().Put(rocksdb::WriteOptions(), "12345678", "0:").ok());
    WriteCommits(db, 3);
  });
  ASSERT_OK_AND_ASSIGN(const WalScan scan, Scan(files));
  EXPECT_THAT(scan.last_commit, Optional(6));
  EXPECT_EQ(scan.foreign_records, 1U);
}

// With families that are flushed one by one, tables can be ahead of the damage: no cut could bring
// all families back to one commit.
TEST_F(WalScanTest, CutBelowWhatIsInTablesIsDataLoss) {
  MarkedDb::Options options;
  options.atomic_flush = false;
  Files files = Make(
      [](MarkedDb& db) {
        WriteCommits(db, 10);
        ASSERT_TRUE(db.Flush(0).ok());  // 3, 6, 9
        WriteCommits(db, 10);
      },
      options);
  const std::vector<std::string> wals = Wals(files);
  const std::string whole = files.at(wals[0]);
  // Where the file has no whole commit left, nothing tells.
  for (size_t size = 200; size < whole.size(); size += 11) {
    files[wals[0]] = whole.substr(0, size);
    const absl::StatusOr<WalScan> scan = Scan(files);
    if (!scan.ok()) {
      EXPECT_THAT(scan, StatusIs(absl::StatusCode::kDataLoss, HasSubstr("are in tables")));
    } else {
      EXPECT_THAT(scan->last_commit, Optional(9));
    }
  }
}

// A cut log gets a later file when RocksDB reopens it: the numbers go on where the cut was.
TEST_F(WalScanTest, GoesOnAfterACut) {
  MakeThreeFiles();
  const std::string last = WalFiles(dir_).back();
  std::filesystem::resize_file(last, std::filesystem::file_size(last) - 3);
  ASSERT_OK_AND_ASSIGN(const WalScan scan, ScanWal(*rocksdb::FileSystem::Default(), dir_));
  EXPECT_THAT(scan.last_commit, Optional(29));
  ASSERT_OK(CutTornTail(*rocksdb::FileSystem::Default(), dir_, scan));
  const Files files = Make([](MarkedDb& db) {
    EXPECT_EQ(db.last_commit(), 29U);
    WriteCommits(db, 5);
  });
  EXPECT_FALSE(ExpectRecovers(files, 34).torn.has_value());
}

// Without a cut, RocksDB ends there too, but marks the place with a record of its own.
TEST_F(WalScanTest, RocksDbsOwnRecordAfterItsOwnRecoveryIsForeign) {
  Files files = Make([](MarkedDb& db) { WriteCommits(db, 10); });
  const std::string wal = WalFiles(dir_).back();
  std::filesystem::resize_file(wal, std::filesystem::file_size(wal) - 3);
  files = Make([](MarkedDb& db) { EXPECT_EQ(db.last_commit(), 9U); });
  ASSERT_OK_AND_ASSIGN(const WalScan scan, Scan(files));
  EXPECT_EQ(scan.foreign_records, 1U);
  EXPECT_THAT(scan.last_commit, Optional(9));
}

// What no crash leaves is not cut away, though nothing says that it had been synced.
TEST_F(WalScanTest, NumbersThatCannotBeAreDataLoss) {
  const struct {
    CommitMark mark;
    const char* text;
  } cases[] = {
      {{MarkKind::kCommit, 2, 0}, "commit 2 follows commit 3"},
      {{MarkKind::kWatermark, 2, 0}, "commit 2 follows commit 3"},
      {{MarkKind::kCommit, 4, 4}, "the mark of the commit is malformed"},
  };
  for (const auto& [mark, text] : cases) {
    std::filesystem::remove_all(dir_);
    const Files files = Make([&mark = mark](MarkedDb& db) {
      WriteCommits(db, 3);
      const EncodedCommitMark encoded(mark);
      rocksdb::WriteBatch batch;
      ASSERT_TRUE(batch.PutLogData({encoded.bytes().data(), encoded.bytes().size()}).ok());
      ASSERT_TRUE(batch.Put("12345678", "0:").ok());
      ASSERT_TRUE(db.db().Write(rocksdb::WriteOptions(), &batch).ok());
    });
    EXPECT_THAT(Scan(files), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(text)));
  }
}

TEST_F(WalScanTest, ExamineReportsWhatScanRefuses) {
  Files files = Make([](MarkedDb& db) {
    WriteCommits(db, 10);
    ASSERT_TRUE(db.Sync().ok());
    ASSERT_TRUE(db.Watermark().ok());
  });
  files[Wals(files)[0]][500] ^= 1;
  Load(files);
  ASSERT_OK_AND_ASSIGN(const WalScan scan, ExamineWal(memory(), kDir));
  ASSERT_TRUE(scan.lost.has_value());
  EXPECT_THAT(*scan.lost, HasSubstr("the mark after commit 10 says that 10 was on disk"));
  EXPECT_EQ(scan.synced_through, 10U);
  // An operator may accept it.
  EXPECT_OK(Cut(scan));
  ExpectOpensWith(*scan.last_commit);
}

}  // namespace
}  // namespace evlog
