#include "log/store/manifest.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "tests/log/store/wal_fixture.h"

namespace evlog {
namespace {

class ManifestTest : public WalFixture {
 protected:
  absl::StatusOr<std::optional<ManifestSummary>> Read(const Files& files) {
    Load(files);
    return ReadManifest(memory(), kDir);
  }
};

std::string NameOfManifest(const std::map<std::string, std::string>& files) {
  return files.lower_bound("MANIFEST-")->first;
}

TEST_F(ManifestTest, NoDatabase) {
  EXPECT_THAT(Read({}), IsOkAndHolds(std::nullopt));
  EXPECT_THAT(ReadManifest(*rocksdb::FileSystem::Default(), dir_), IsOkAndHolds(std::nullopt));
}

TEST_F(ManifestTest, FollowsFlushes) {
  MarkedDb::Options options;
  options.atomic_flush = false;
  const auto read = [&](const std::function<void(MarkedDb&)>& fill) {
    const auto summary = Read(Make(fill, options));
    EXPECT_OK(summary);
    return summary.ok() && summary->has_value() ? **summary : ManifestSummary();
  };
  EXPECT_EQ(read([](MarkedDb& db) { WriteCommits(db, 10); }), ManifestSummary());
  const ManifestSummary one_family = read([](MarkedDb& db) {
    WriteCommits(db, 6);
    ASSERT_TRUE(db.Flush(0).ok());  // the newest is 15
  });
  EXPECT_LE(one_family.first_live_wal, 4U);  // as the other families need it
  EXPECT_EQ(one_family.flushed_sequence, 15U);
  options.atomic_flush = true;
  const ManifestSummary all = read([](MarkedDb& db) {
    WriteCommits(db, 4);
    ASSERT_TRUE(db.Flush().ok());
    WriteCommits(db, 5);
  });
  EXPECT_GT(all.first_live_wal, 4U);
  EXPECT_EQ(all.flushed_sequence, 20U);
}

TEST_F(ManifestTest, NamesTheTablesThatAreInUse) {
  Files files = Make([](MarkedDb& db) {
    for (int i = 0; i < 3; ++i) {
      WriteCommits(db, 20);
      ASSERT_TRUE(db.Flush().ok());
    }
  });
  std::map<std::string, uint64_t> there;
  for (const auto& [name, bytes] : files) {
    if (name.ends_with(".sst")) there[name] = bytes.size();
  }
  ASSERT_GE(there.size(), 3u);
  Load(files);
  ManifestTables tables;
  ASSERT_OK(ReadManifest(memory(), kDir, &tables));
  std::map<std::string, uint64_t> named;
  for (const auto& [number, bytes] : tables) named[fmt::format("{:06}.sst", number)] = bytes;
  EXPECT_EQ(named, there);
  EXPECT_THAT(CheckTables(memory(), kDir, tables), IsOkAndHolds(std::nullopt));

  const std::string name = there.begin()->first;
  const std::string whole = std::exchange(files[name], files[name].substr(1));
  Load(files);
  ASSERT_OK_AND_ASSIGN(std::optional<std::string> wrong, CheckTables(memory(), kDir, tables));
  EXPECT_THAT(wrong, ::testing::Optional(::testing::HasSubstr(name + " has ")));
  files.erase(name);
  Load(files);
  ASSERT_OK_AND_ASSIGN(wrong, CheckTables(memory(), kDir, tables));
  EXPECT_THAT(wrong, ::testing::Optional(
                         ::testing::HasSubstr(name + " is missing, though MANIFEST-00000")));
  ASSERT_OK_AND_ASSIGN(const WalScan scan, ExamineWal(memory(), kDir));
  EXPECT_EQ(scan.bad_table, wrong);
}

// Whatever a flipped bit does to the MANIFEST or to CURRENT, it never makes the scan cut a whole
// log.
TEST_F(ManifestTest, FlippedBytesNeverCutTheLog) {
  Make([](MarkedDb& db) {
    WriteCommits(db, 10);
    ASSERT_TRUE(db.Flush().ok());
    WriteCommits(db, 5);
  });
  const Files files = Make([](MarkedDb& db) { WriteCommits(db, 5); });
  for (const std::string& name : {NameOfManifest(files), std::string("CURRENT")}) {
    for (size_t at = 0; at < files.at(name).size(); ++at) {
      Files damaged = files;
      damaged[name][at] ^= 4;
      const auto scan = Scan(damaged);
      if (!scan.ok()) {
        EXPECT_EQ(scan.status().code(), absl::StatusCode::kDataLoss);
        continue;
      }
      EXPECT_FALSE(scan->torn.has_value()) << name << " " << at << " " << scan->torn->reason;
      EXPECT_EQ(scan->last_commit, 20U);
    }
  }
}

// A process killed while it writes the MANIFEST leaves any beginning of it. What was begun does not
// count, neither half an edit nor half a group.
TEST_F(ManifestTest, CutShortItIsWhatItWasBefore) {
  Make([this](MarkedDb& db) {
    WriteCommits(db, 10);
    Files files = ReadDirectory();
    const std::string name = NameOfManifest(files);
    const size_t before = files.at(name).size();
    ASSERT_TRUE(db.Flush().ok());
    const std::string after = ReadFile(dir_ + "/" + name);
    ASSERT_GT(after.size(), before);
    for (size_t size = before; size <= after.size(); ++size) {
      files[name] = after.substr(0, size);
      ASSERT_OK_AND_ASSIGN(const WalScan scan, Scan(files));
      EXPECT_FALSE(scan.torn.has_value());
      // Once the flush counts, the old WAL file does not.
      ASSERT_EQ(scan.last_commit.value_or(0), size < after.size() ? 10U : 0U) << size;
    }
  });
}

TEST_F(ManifestTest, MissingOrNonsense) {
  Files files = Make([](MarkedDb& db) { WriteCommits(db, 10); });
  Files damaged = files;
  damaged["CURRENT"] = "nonsense\n";
  EXPECT_THAT(Read(damaged), StatusIs(absl::StatusCode::kDataLoss));
  damaged = files;
  damaged.erase(NameOfManifest(files));
  EXPECT_THAT(Read(damaged), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace evlog
