#include "log/row_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/log/chunks.h"
#include "tests/log/damage.h"
#include "tests/log/golden.h"
#include "tests/log/golden_chunks.h"
#include "tests/support/hex.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

constexpr uint64_t kMax = UINT64_MAX;
constexpr uint64_t kMs = 1'700'000'000'000;
constexpr PartitionId kFirst{StreamId(1), 0};

// So many runs of one id, each of 10 bytes when there are several.
IdRuns WideRuns(uint64_t count) {
  std::vector<EntryId> ids;
  for (uint64_t i = 1; i <= count; ++i) ids.push_back({i << 50, i});
  return RunsOf(ids);
}

std::string LogRow(const ChunkHeader& header, LogLocation location, uint64_t bytes) {
  std::string row;
  EncodeLogReference(header, location, bytes, &row);
  return row;
}

std::string DirRow(const ChunkHeader& header) {
  std::string row;
  EncodeDirReference(header, &row);
  return row;
}

std::map<std::string, std::string> LogRows() {
  return {
      {"log_ref/one", LogRow(MakeHeader(kFirst, 0, {{{5, 3}, 1}}), {1, 0}, 1024)},
      {"log_ref/run",
       LogRow(MakeHeader(kFirst, 300, {{{kMs, 0}, 200}}, false, 31000), {77, 3}, 70000)},
      {"log_ref/partitioned",
       LogRow(MakeHeader({StreamId(2), 3}, 128,
                         {{{9, 5 << 10 | 3}, 2, 1024}, {{10, 9 << 10 | 3}, 1}}, true),
              {9, 1}, 2048)},
      {"log_ref/without_runs", LogRow(MakeHeader(kFirst, 0, WideRuns(7)), {2, 0}, 5000)},
      {"log_ref/largest", LogRow(MakeHeader(kFirst, kMax - 2, {{{kMax, kMax - 1}, 2}}),
                                 {kMax, UINT32_MAX}, uint64_t{1} << 32)},
  };
}

std::map<std::string, std::string> DirRows() {
  return {
      {"dir_ref/one", DirRow(MakeHeader(kFirst, 0, {{{5, 3}, 1}}))},
      {"dir_ref/partitioned",
       DirRow(MakeHeader({StreamId(300), 1023}, 128, {{{kMs, 7 << 10 | 1023}, 3, 1024}}, true))},
      {"dir_ref/largest",
       DirRow(MakeHeader({StreamId(kMax), 1023}, kMax - 1, {{EntryId::Max(), 1}}, true))},
  };
}

TEST(RowCodecTest, Golden) {
  Golden rows;
  for (const auto& [name, row] : LogRows()) rows[name] = ToHex(row);
  for (const auto& [name, row] : DirRows()) rows[name] = ToHex(row);
  EXPECT_EQ(rows, ReadGolden("rows.txt"));
}

TEST(RowCodecTest, LogReferencesAreReadAsWritten) {
  const ChunkHeader header = MakeHeader(
      {StreamId(2), 3}, 128, {{{9, 5 << 10 | 3}, 2, 1024}, {{10, 9 << 10 | 3}, 1}}, true);
  LogReference row;
  ASSERT_OK(DecodeLogReference(LogRow(header, {9, 1}, 2048), 3, &row));
  EXPECT_TRUE(row.partitioned_ids);
  EXPECT_EQ(row.base_offset, 128u);
  EXPECT_EQ(row.count, 3u);
  EXPECT_EQ(row.next_offset(), 131u);
  EXPECT_EQ(row.location, (LogLocation{9, 1}));
  EXPECT_EQ(row.bytes, 2048u);
  EXPECT_EQ(row.last_id, header.last_id());
  EXPECT_EQ(row.ids, header.ids);
}

// Runs of exactly 64 bytes are kept, of 65 left out.
TEST(RowCodecTest, RunsStayUpToTheirBound) {
  int kept = 0, left_out = 0;
  for (const uint64_t last_ms_bits : {7, 14, 21, 28, 35, 42, 49}) {
    for (uint64_t count = 5; count <= 8; ++count) {
      IdRuns ids = WideRuns(count);
      AppendRun(&ids, {{ids.back().first.ms + (uint64_t{1} << last_ms_bits) - 1, 1}, 1});
      std::string runs;
      EncodeRuns(ids, false, &runs);
      const ChunkHeader header = MakeHeader(kFirst, 0, ids);
      LogReference row;
      ASSERT_OK(DecodeLogReference(LogRow(header, {1, 0}, 5000), 0, &row));
      EXPECT_EQ(row.last_id, header.last_id());
      if (runs.size() <= kReferenceRunsBytesMax) {
        EXPECT_EQ(row.ids, ids) << runs.size();
      } else {
        EXPECT_TRUE(row.ids.empty()) << runs.size();
      }
      kept += runs.size() == kReferenceRunsBytesMax;
      left_out += runs.size() == kReferenceRunsBytesMax + 1;
    }
  }
  EXPECT_GT(kept, 0) << "the bound itself was not met";
  EXPECT_GT(left_out, 0) << "what is just above the bound was not met";
}

TEST(RowCodecTest, DirReferencesAreReadAsWritten) {
  DirReference row;
  ASSERT_OK(DecodeDirReference(DirRows()["dir_ref/partitioned"], &row));
  EXPECT_EQ(row, (DirReference{{StreamId(300), 1023}, {kMs, 7 << 10 | 1023}, 128, 3}));
}

TEST(RowCodecTest, DamagedLogReferences) {
  for (const auto& [name, good] : LogRows()) {
    SCOPED_TRACE(name);
    const uint16_t partition = name == "log_ref/partitioned" ? 3 : 0;
    ForEachDamage(good, [&](std::string_view bytes, bool is_prefix) {
      LogReference row;
      const absl::Status status = DecodeLogReference(bytes, partition, &row);
      if (is_prefix || !status.ok()) {
        ASSERT_THAT(status, StatusIs(absl::StatusCode::kDataLoss));
        return;
      }
      ASSERT_NE(row.count, 0u);
      ASSERT_LE(row.base_offset, kMax - row.count);
      if (row.ids.empty()) return;
      ASSERT_EQ(row.ids.back().last(), row.last_id);
    });
    LogReference row;
    EXPECT_THAT(DecodeLogReference(good + '\0', partition, &row),
                StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST(RowCodecTest, DamagedDirReferences) {
  for (const auto& [name, good] : DirRows()) {
    SCOPED_TRACE(name);
    ForEachDamage(good, [&](std::string_view bytes, bool is_prefix) {
      DirReference row;
      const absl::Status status = DecodeDirReference(bytes, &row);
      if (is_prefix || !status.ok()) {
        ASSERT_THAT(status, StatusIs(absl::StatusCode::kDataLoss));
        return;
      }
      ASSERT_LT(row.partition.partition, kPartitionsMax);
      ASSERT_NE(row.count, 0u);
    });
    DirReference row;
    EXPECT_THAT(DecodeDirReference(good + '\0', &row), StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST(RowCodecTest, KindsOfRows) {
  EXPECT_THAT(KindOf("\x01"), IsOkAndHolds(RowKind::kChunk));
  EXPECT_THAT(KindOf("\x02"), IsOkAndHolds(RowKind::kReference));
  EXPECT_THAT(KindOf(""), StatusIs(absl::StatusCode::kDataLoss));
  for (int kind = 0; kind < 256; ++kind) {
    if (kind == 1 || kind == 2) continue;
    EXPECT_THAT(KindOf(std::string(1, static_cast<char>(kind))),
                StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST(RowCodecTest, TheExtentOfARowOfEitherKind) {
  for (const auto& [name, chunk] : GoldenChunks()) {
    const ChunkHeader& header = chunk->header();
    for (const std::string& row :
         {std::string(chunk->bytes()), LogRow(header, {1, 0}, chunk->bytes().size())}) {
      ASSERT_OK_AND_ASSIGN(const DirExtent extent,
                           DecodeDirExtent(row, header.partition.partition));
      EXPECT_EQ(extent.base_offset, header.base_offset) << name;
      EXPECT_EQ(extent.count, header.count) << name;
      EXPECT_EQ(extent.last_id, header.last_id()) << name;
    }
  }
  EXPECT_THAT(DecodeDirExtent("", 0), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(DecodeDirExtent("\x03", 0), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace evlog
