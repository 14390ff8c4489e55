#include "log/batch_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "log/entry_codec.h"
#include "tests/log/chunks.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

using internal::BatchData;
using ::testing::HasSubstr;

const auto kInvalid = absl::StatusCode::kInvalidArgument;

size_t EncodedSize(const Fields& fields, std::optional<std::string_view> key = {}) {
  return EncodedEntry(fields, key).size();
}

TEST(BatchDataTest, EachLimitHoldsOnBothSides) {
  const std::string key = "key of nine";
  const std::vector<FieldView> fields = {{"a", "1"}, {"b", "22"}, {"c", ""}};
  const size_t entry = EncodedSize(fields, key);
  BatchData data;
  ASSERT_OK(data.Add(fields, {.key = key}));
  ASSERT_OK(data.Add({{"a", "1"}}, {}));
  EXPECT_EQ(data.count(), 2u);
  EXPECT_EQ(data.bytes(), entry + EncodedSize({{"a", "1"}}));
  EXPECT_TRUE(data.has_keys());

  const struct {
    const char* what;
    Limits fits, small;
  } cases[] = {
      {"entry_bytes", {.entry_bytes = entry}, {.entry_bytes = entry - 1}},
      {"batch_bytes", {.batch_bytes = data.bytes()}, {.batch_bytes = data.bytes() - 1}},
      {"fields", {.fields = 3}, {.fields = 2}},
      {"key_bytes", {.key_bytes = key.size()}, {.key_bytes = key.size() - 1}},
  };
  for (const auto& c : cases) {
    EXPECT_OK(data.CheckLimits(c.fits)) << c.what;
    EXPECT_THAT(data.CheckLimits(c.small), StatusIs(kInvalid, HasSubstr(c.what)));
  }
}

TEST(BatchDataTest, TheDefaultLimitsThemselves) {
  const Limits limits;
  std::string value(limits.entry_bytes, 'x');
  value.resize(limits.entry_bytes - (EncodedSize({{"", value}}) - value.size()));
  {
    BatchData data;
    ASSERT_OK(data.Add({{"", value}}, {}));
    EXPECT_EQ(data.bytes(), limits.entry_bytes);
    EXPECT_OK(data.CheckLimits(limits));
    EXPECT_EQ(data.segments().size(), 1u);
  }
  BatchData data;
  ASSERT_OK(data.Add({{"x", value}}, {}));
  EXPECT_THAT(data.CheckLimits(limits),
              StatusIs(kInvalid, HasSubstr("16777217 bytes; the limit entry_bytes is 16777216")));

  std::vector<FieldView> fields(limits.fields);
  BatchData most;
  ASSERT_OK(most.Add(fields, {}));
  EXPECT_OK(most.CheckLimits(limits));
  fields.emplace_back();
  ASSERT_OK(most.Add(fields, {}));
  EXPECT_THAT(most.CheckLimits(limits), StatusIs(kInvalid, HasSubstr("65537 fields")));
}

// These are refused before their bytes are looked at, so they need not be there.
TEST(BatchDataTest, BoundsThatNoOptionMoves) {
  BatchData data;
  const std::string_view giant(reinterpret_cast<const char*>(8), kLimitBytesMax);
  EXPECT_THAT(data.Add({{"", giant}}, {}), StatusIs(kInvalid, HasSubstr("at most 1073741824")));
  const auto* nowhere = reinterpret_cast<const FieldView*>(sizeof(FieldView));
  const std::span<const FieldView> many(nowhere, kFieldsMax + 1);
  EXPECT_THAT(data.Add(Fields(many), {}), StatusIs(kInvalid, HasSubstr("16777217 fields")));
  EXPECT_EQ(data.count(), 0u);
  EXPECT_EQ(data.bytes(), 0u);
  // What was refused left nothing behind.
  ASSERT_OK(data.Add({{"a", "b"}}, {}));
  EXPECT_OK(data.CheckLimits(Limits()));
}

TEST(BatchDataTest, EmptyOnesAreRefused) {
  BatchData data;
  EXPECT_THAT(data.CheckLimits(Limits()), StatusIs(kInvalid, HasSubstr("empty batch")));
  ASSERT_OK(data.Add({{"a", "b"}}, {}));
  ASSERT_OK(data.Add(Fields(std::vector<FieldView>()), {}));
  EXPECT_THAT(data.CheckLimits(Limits()), StatusIs(kInvalid, HasSubstr("without fields")));
}

TEST(BatchDataTest, AllHaveAnIdOrNone) {
  BatchData data;
  ASSERT_OK(data.Add({{"a", "b"}}, {.id = EntryId{1, 1}}));
  EXPECT_OK(data.CheckLimits(Limits()));
  ASSERT_OK(data.Add({{"a", "b"}}, {}));
  EXPECT_THAT(data.CheckLimits(Limits()), StatusIs(kInvalid, HasSubstr("1 of 2 entries")));
}

// Segments are full up to the size of a chunk, and no entry is torn.
TEST(BatchDataTest, SegmentsAreCutAtTheSizeOfAChunk) {
  for (const size_t size : {size_t{1}, size_t{100}, size_t{32760}, kChunkBytesTarget / 2,
                            kChunkBytesTarget - 8, kChunkBytesTarget, kChunkBytesTarget * 3}) {
    const std::string value(size, 'v');
    const size_t sharing = SharingEntry({{"v", value}}).size();
    BatchData data;
    for (int i = 0; i < 5000 && data.bytes() < 4 * kChunkBytesTarget; ++i) {
      ASSERT_OK(data.Add({{"v", value}}, {}));
    }
    uint32_t count = 0;
    for (const BatchData::Segment& segment : data.segments()) {
      EXPECT_OK(ValidateEntries(segment.entries.entries(), segment.count));
      const size_t bytes = segment.entries.size();
      EXPECT_TRUE(segment.count == 1 || bytes <= kChunkBytesTarget) << size;
      count += segment.count;
      if (&segment != &data.segments().back()) {
        EXPECT_GT(bytes + sharing, kChunkBytesTarget) << size;
      }
    }
    EXPECT_EQ(count, data.count());
  }
}

// Names stand once for as long as they do not change, and again in each segment.
TEST(BatchDataTest, NamesStandOnce) {
  BatchData data;
  size_t bytes = 0;
  const auto add = [&](const std::vector<FieldView>& fields, bool shared) {
    ASSERT_OK(data.Add(fields, {}));
    bytes += (shared ? SharingEntry(fields) : EncodedEntry(fields)).size();
    EXPECT_EQ(data.bytes(), bytes);
  };
  add({{"name", "1"}, {"b", "2"}}, false);
  add({{"name", "3"}, {"b", ""}}, true);
  add({{"name", "3"}}, false);             // fewer
  add({{"name", "3"}, {"b", ""}}, false);  // only the names before are known
  add({{"name", "3"}, {"c", ""}}, false);
  add({{"c", "3"}, {"name", ""}}, false);  // in another order
  add({{"c", ""}, {"name", "4"}}, true);
  add({{"", "4"}, {"", "5"}}, false);
  add({{"", ""}, {"", "5"}}, true);
  const std::string large(kChunkBytesTarget, 'x');
  add({{"", large}, {"", "5"}}, false);  // a segment of its own
  for (const BatchData::Segment& segment : data.segments()) {
    EXPECT_OK(ValidateEntries(segment.entries.entries(), segment.count));
  }
  // The limit of an entry does not depend on the entries before it.
  BatchData twice;
  ASSERT_OK(twice.Add({{"name", "1"}}, {}));
  ASSERT_OK(twice.Add({{"name", "22"}}, {}));
  const size_t size = EncodedSize({{"name", "22"}});
  EXPECT_OK(twice.CheckLimits({.entry_bytes = size}));
  EXPECT_THAT(twice.CheckLimits({.entry_bytes = size - 1}), StatusIs(kInvalid));
}

TEST(BatchDataTest, TakingLeavesABatchEmptyAndUsable) {
  Batch batch;
  EXPECT_EQ(BatchData::Take(std::move(batch)).count(), 0u);
  ASSERT_OK(batch.Add({{"a", "b"}}));
  ASSERT_OK(batch.Add({{"a", "c"}}, {.key = "k"}));
  EXPECT_EQ(batch.size(), 2u);
  EXPECT_EQ(batch.bytes(), EncodedSize({{"a", "b"}}) + SharingEntry({{"a", "c"}}, "k").size());
  EXPECT_EQ(BatchData::Take(std::move(batch)).count(), 2u);
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.bytes(), 0u);
  ASSERT_OK(batch.Add({{"a", "d"}}));
  EXPECT_EQ(batch.size(), 1u);
  Batch moved = std::move(batch);
  EXPECT_EQ(moved.size(), 1u);
  moved.Clear();
  EXPECT_TRUE(moved.empty());
}

}  // namespace
}  // namespace evlog
