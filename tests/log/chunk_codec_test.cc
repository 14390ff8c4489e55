#include "log/chunk_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "evlog/limits.h"
#include "log/base/bytes.h"
#include "tests/log/chunks.h"
#include "tests/log/damage.h"
#include "tests/log/golden.h"
#include "tests/log/golden_chunks.h"
#include "tests/support/hex.h"
#include "tests/support/rng.h"
#include "tests/support/status_matchers.h"

namespace evlog {

static void PrintTo(const IdRun& run, std::ostream* out) {
  *out << run.first.ToString() << " x" << run.count << " step " << run.step;
}

namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

constexpr uint64_t kMax = UINT64_MAX;

TEST(ChunkCodecTest, Golden) {
  Golden chunks;
  for (const auto& [name, chunk] : GoldenChunks()) chunks[name] = ToHex(chunk->bytes());
  EXPECT_EQ(chunks, ReadGolden("chunks.txt"));
}

TEST(ChunkCodecTest, GoldenHeadersAreRead) {
  for (const auto& [name, chunk] : GoldenChunks()) {
    const ChunkHeader& wanted = chunk->header();
    ChunkHeader header;
    size_t size = 0;
    ASSERT_OK(DecodeChunkHeader(chunk->bytes(), &header, &size)) << name;
    EXPECT_EQ(header.partition, wanted.partition) << name;
    EXPECT_EQ(header.partitioned_ids, wanted.partitioned_ids) << name;
    EXPECT_EQ(header.base_offset, wanted.base_offset) << name;
    EXPECT_EQ(header.base_bytes, wanted.base_bytes) << name;
    EXPECT_EQ(header.count, wanted.count) << name;
    EXPECT_THAT(header.ids, ElementsAreArray(wanted.ids)) << name;
    EXPECT_EQ(size, chunk->bytes().size() - chunk->entries().size()) << name;
    EXPECT_OK(ValidateEntries(chunk->bytes().substr(size), header.count)) << name;
  }
}

struct RunCase {
  const char* what;
  std::vector<EntryId> ids;
  std::vector<IdRun> runs;
};

TEST(ChunkCodecTest, IdsBecomeAsFewRunsAsPossible) {
  const RunCase cases[] = {
      {"one", {{1, 1}}, {{{1, 1}, 1}}},
      {"dense", {{1, 1}, {1, 2}, {1, 3}}, {{{1, 1}, 3, 1}}},
      {"steps", {{1, 1}, {1, 4}, {1, 7}}, {{{1, 1}, 3, 3}}},
      {"partitions", {{1, 1 << 10 | 3}, {1, 2 << 10 | 3}}, {{{1, 1 << 10 | 3}, 2, 1024}}},
      {"ms change", {{1, 1}, {1, 2}, {2, 0}}, {{{1, 1}, 2, 1}, {{2, 0}, 1}}},
      {"same seq in the next ms", {{1, 1}, {2, 2}}, {{{1, 1}, 1}, {{2, 2}, 1}}},
      {"another step", {{1, 1}, {1, 2}, {1, 4}, {1, 6}}, {{{1, 1}, 2, 1}, {{1, 4}, 2, 2}}},
      {"the edge", {{kMax, kMax - 1}, {kMax, kMax}}, {{{kMax, kMax - 1}, 2, 1}}},
      {"the widest step", {{3, 0}, {3, kMax}}, {{{3, 0}, 2, kMax}}},
  };
  for (const RunCase& c : cases) {
    const IdRuns runs = RunsOf(c.ids);
    EXPECT_THAT(runs, ElementsAreArray(c.runs)) << c.what;
    EXPECT_EQ(IdsOf(runs), c.ids) << c.what;
  }
}

TEST(ChunkCodecTest, RunsAreJoinedWhereTheyFit) {
  const struct {
    IdRun first, second;
    size_t runs;
  } cases[] = {
      {{{1, 1}, 3, 1}, {{1, 4}, 2, 1}, 1},  // the same step, and that far apart
      {{{1, 1}, 3, 1}, {{1, 5}, 2, 1}, 2},  // a gap
      {{{1, 1}, 3, 1}, {{1, 4}, 2, 2}, 2},  // another step
      {{{1, 1}, 3, 2}, {{1, 7}, 2, 2}, 1},
      {{{1, 1}, 1, 1}, {{1, 4}, 3, 3}, 1},  // a single one takes the other's step
      {{{1, 1}, 1, 1}, {{1, 4}, 3, 2}, 2},
      {{{1, 1}, 3, 3}, {{1, 10}, 1, 1}, 1},
      {{{1, 1}, 3, 1}, {{2, 4}, 2, 1}, 2},  // another ms
  };
  for (const auto& c : cases) {
    IdRuns runs = {c.first};
    AppendRun(&runs, c.second);
    EXPECT_EQ(runs.size(), c.runs);
    std::vector<EntryId> ids = IdsOf({c.first});
    for (const EntryId& id : IdsOf({c.second})) ids.push_back(id);
    EXPECT_EQ(IdsOf(runs), ids);
  }
}

// Ids of many shapes, strictly rising.
std::vector<EntryId> RandomIds(Rng& rng, size_t count, bool partitioned, uint16_t partition) {
  std::vector<EntryId> ids;
  const uint64_t unit = partitioned ? 1024 : 1;
  EntryId id{rng.Skewed(50), rng.Skewed(40) * unit | (partitioned ? partition : 0)};
  uint64_t step = 1;
  for (size_t i = 0; i < count; ++i) {
    ids.push_back(id);
    if (rng.Percent(10)) step = 1 + rng.Skewed(12);
    if (rng.Percent(10)) {
      id.ms += 1 + rng.Skewed(30);
      id.seq = rng.Skewed(20) * unit | (partitioned ? partition : 0);
    } else {
      id.seq += step * unit;
    }
  }
  return ids;
}

TEST(ChunkCodecTest, RandomRunsAreReadAsWritten) {
  Rng rng(TestSeed(3));
  for (int round = 0; round < 500; ++round) {
    const bool partitioned = rng.Percent(50);
    const auto partition = static_cast<uint16_t>(partitioned ? rng.Below(1024) : 0);
    const std::vector<EntryId> ids = RandomIds(rng, 1 + rng.Below(200), partitioned, partition);
    std::string bytes;
    EncodeRuns(RunsOf(ids), partitioned, &bytes);
    const ExactBytes exact(bytes);
    ByteReader reader(exact.view());
    IdRuns runs;
    ASSERT_TRUE(
        DecodeRuns(&reader, partition, partitioned, static_cast<uint32_t>(ids.size()), &runs));
    EXPECT_EQ(reader.left(), 0u);
    EXPECT_EQ(IdsOf(runs), ids);
  }
}

TEST(ChunkCodecTest, CountIdsBelowAgreesWithCounting) {
  Rng rng(TestSeed(4));
  for (int round = 0; round < 100; ++round) {
    const bool partitioned = rng.Percent(50);
    const std::vector<EntryId> ids = RandomIds(rng, 1 + rng.Below(60), partitioned, 5);
    const IdRuns runs = RunsOf(ids);
    std::vector<EntryId> probes = {EntryId::Min(), EntryId::Max()};
    for (const EntryId& id : ids) {
      for (const EntryId& probe : {id, id.Predecessor(), id.Successor(), EntryId{id.ms, 0},
                                   EntryId{id.ms, kMax}, EntryId{id.ms + 1, 0}}) {
        probes.push_back(probe);
      }
    }
    for (const EntryId& probe : probes) {
      const auto below =
          std::count_if(ids.begin(), ids.end(), [&](auto& id) { return id < probe; });
      EXPECT_EQ(CountIdsBelow(runs, probe), below) << probe.ToString();
    }
  }
  const IdRuns widest = {{{3, 0}, 2, kMax}};
  EXPECT_EQ(CountIdsBelow(widest, {3, 0}), 0u);
  EXPECT_EQ(CountIdsBelow(widest, {3, 1}), 1u);
  EXPECT_EQ(CountIdsBelow(widest, {3, kMax}), 1u);
  EXPECT_EQ(CountIdsBelow(widest, {4, 0}), 2u);
}

// Either DATA_LOSS, or a header that is sound and is the same when written and read again.
void CheckDecoded(std::string_view bytes) {
  ChunkHeader header;
  size_t size = 0;
  const absl::Status status = DecodeChunkHeader(bytes, &header, &size);
  if (!status.ok()) {
    ASSERT_THAT(status, StatusIs(absl::StatusCode::kDataLoss));
    return;
  }
  ASSERT_LE(size, bytes.size());
  ASSERT_LE(header.base_offset, kMax - header.count);
  uint64_t count = 0;
  for (size_t i = 0; i < header.ids.size(); ++i) {
    const IdRun& run = header.ids[i];
    count += run.count;
    ASSERT_LE(run.first, run.last());
    if (i != 0) {
      ASSERT_LT(header.ids[i - 1].last(), run.first);
    }
    if (header.partitioned_ids) {
      ASSERT_EQ(run.first.seq & 1023, header.partition.partition);
      ASSERT_EQ(run.last().seq & 1023, header.partition.partition);
    }
  }
  ASSERT_EQ(count, header.count);
  std::string again;
  EncodeChunkHeader(header, &again);
  ChunkHeader reread;
  ASSERT_OK(DecodeChunkHeader(again, &reread, &size));
  ASSERT_EQ(size, again.size());
  ASSERT_EQ(reread.ids, header.ids);
  ASSERT_EQ(reread.next_offset(), header.next_offset());
}

TEST(ChunkCodecTest, DamagedHeaders) {
  for (const auto& [name, chunk] : GoldenChunks()) {
    SCOPED_TRACE(name);
    const size_t size = chunk->bytes().size() - chunk->entries().size();
    const std::string_view header_bytes = chunk->bytes().substr(0, size);
    ForEachDamage(header_bytes, [&](std::string_view bytes, bool is_prefix) {
      ASSERT_NO_FATAL_FAILURE(CheckDecoded(bytes));
      if (!is_prefix) return;
      ChunkHeader header;
      size_t taken;
      EXPECT_THAT(DecodeChunkHeader(bytes, &header, &taken), StatusIs(absl::StatusCode::kDataLoss))
          << bytes.size() << " bytes";
    });
  }
}

TEST(ChunkCodecTest, HeadersThatCannotBe) {
  const struct {
    const char* what;
    const char* hex;
  } cases[] = {
      {"nothing", ""},
      {"a reference", "0200 01 00 00 00 01 01 01 05 03"},
      {"an unknown flag", "0102 01 00 00 00 01 01 01 05 03"},
      {"partition 1024", "0100 01 8008 00 00 01 01 01 05 03"},
      {"no entries", "0100 01 00 00 00 00 01 00 05 03"},
      {"more than 2^32 - 1 entries", "0100 01 00 00 00 8080808010 01 01 05 03"},
      {"offsets beyond 2^64", "0100 01 00 ffffffffffffffffff01 00 01 01 01 05 03"},
      {"bytes beyond 2^64", "0100 01 00 00 ffffffffffffffffff01 01 01 01 05 03"},
      {"a number beyond 64 bits", "0100 ffffffffffffffffff02 00 00 00 01 01 01 05 03"},
      {"no runs", "0100 01 00 00 00 01 00"},
      {"more runs than entries", "0100 01 00 00 00 01 02 01 05 03 00 05 03"},
      {"a run of none", "0100 01 00 00 00 01 01 00 05 03"},
      {"runs of too few", "0100 01 00 00 00 03 01 02 05 03 01"},
      {"runs of too many", "0100 01 00 00 00 01 01 02 05 03 01"},
      {"a step of 0", "0100 01 00 00 00 02 01 02 05 03 00"},
      {"a second run that stands still", "0100 01 00 00 00 02 02 01 05 03 01 00 00"},
      {"ms beyond 2^64", "0100 01 00 00 00 02 02 01 ffffffffffffffffff01 03 01 01 00"},
      {"seq beyond 2^64", "0100 01 00 00 00 02 01 02 05 ffffffffffffffffff01 01"},
      {"a step beyond 2^64", "0100 01 00 00 00 03 01 03 05 01 ffffffffffffffffff01"},
      {"a second run beyond 2^64", "0100 01 00 00 00 02 02 01 05 02 01 00 ffffffffffffffffff01"},
      {"n beyond 2^54", "0101 01 00 00 00 01 01 01 05 808080808080808001"},
  };
  for (const auto& c : cases) {
    ChunkHeader header;
    size_t size;
    EXPECT_THAT(DecodeChunkHeader(FromHex(c.hex), &header, &size),
                StatusIs(absl::StatusCode::kDataLoss))
        << c.what;
  }
}

TEST(ChunkCodecTest, EntriesAtTheEdgesOfTheirLengths) {
  for (const size_t length : {0, 1, 119, 120, 121, 122, 123, 124, 126, 127, 128, 16372, 16376,
                              16380, 16383, 16384, 1 << 21}) {
    const std::string text(length, 'x');
    for (const auto& entry : {EncodedEntry({{"", text}}), EncodedEntry({{text, ""}}),
                              EncodedEntry({{"", ""}}, text), EncodedEntry({{text, text}}, text)}) {
      const ExactBytes exact(entry);
      EXPECT_OK(ValidateEntries(exact.view(), 1)) << length;
      EXPECT_THAT(ValidateEntries(exact.view(), 2), StatusIs(absl::StatusCode::kDataLoss));
      EXPECT_THAT(ValidateEntries(exact.view(), 0), StatusIs(absl::StatusCode::kDataLoss));
    }
  }
}

// A default string_view has no address at all, and is an empty string all the same.
TEST(ChunkCodecTest, StringsWithoutAnAddress) {
  EXPECT_EQ(ToHex(EncodedEntry({{std::string_view(), std::string_view()}}, std::string_view())),
            "03050000");
}

TEST(ChunkCodecTest, AnEntryOfAllTheFieldsThereMayBe) {
  const std::vector<FieldView> fields(Limits().fields, FieldView{"", ""});
  const std::string entry = EncodedEntry(fields);
  EXPECT_OK(ValidateEntries(entry, 1));
  const ChunkRef chunk = MakeChunk(MakeHeader({StreamId(1), 0}, 0, {{{1, 1}, 1}}), {entry});
  for (const EntryView& read : ChunkView(chunk, 0, 1, false)) {
    EXPECT_EQ(read.fields.size(), fields.size());
    EXPECT_EQ(std::distance(read.fields.begin(), read.fields.end()), 65536);
  }
}

TEST(ChunkCodecTest, DamagedEntries) {
  for (const auto& [name, chunk] : GoldenChunks()) {
    SCOPED_TRACE(name);
    const uint32_t count = chunk->count();
    ForEachDamage(chunk->entries(), [&](std::string_view bytes, bool is_prefix) {
      const absl::Status status = ValidateEntries(bytes, count);
      if (is_prefix || !status.ok()) {
        ASSERT_THAT(status, StatusIs(absl::StatusCode::kDataLoss));
      }
    });
  }
}

TEST(ChunkCodecTest, EntriesThatCannotBe) {
  const struct {
    const char* what;
    const char* hex;
    uint32_t count;
    const char* message;
  } cases[] = {
      {"none", "", 1, "entry 0 of 1"},
      {"one too few", "04 04 01 66 76", 2, "entry 1 of 2"},
      {"bytes behind", "04 04 01 66 76 00", 1, "1 bytes follow the 1 entries"},
      {"a body without a head", "00", 1, "entry 0 of 1"},
      {"no fields", "01 00", 1, "entry 0 of 1"},
      {"no fields, but a key", "03 01 01 66", 1, "entry 0 of 1"},
      {"a body past the chunk", "05 04 01 66 76", 1, "entry 0 of 1"},
      {"a key past the body", "03 05 05 66", 1, "entry 0 of 1"},
      {"a name past the body", "04 04 05 66 76", 1, "entry 0 of 1"},
      {"a value past the body", "07 08 01 66 01 67 05 76", 1, "entry 0 of 1"},
      {"more fields than bytes", "05 fc 01 01 66 76", 1, "entry 0 of 1"},
      {"2^30 - 1 fields", "0a fc ff ff ff 0f 01 66 01 76 00", 1, "entry 0 of 1"},
      {"nobody's names", "02 06 76", 1, "entry 0 of 1"},
      {"the names of another number of fields", "04 04 01 66 76 04 0a 01 66 76", 2, "entry 1 of 2"},
      {"a length of six bytes", "80 80 80 80 80 00", 1, "entry 0 of 1"},
      {"a length above 32 bits", "ff ff ff ff 1f", 1, "entry 0 of 1"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(ValidateEntries(ExactBytes(FromHex(c.hex)).view(), c.count),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr(c.message)))
        << c.what;
  }
}

}  // namespace
}  // namespace evlog
