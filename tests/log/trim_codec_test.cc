#include "log/trim_codec.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/log/damage.h"
#include "tests/log/golden.h"
#include "tests/support/hex.h"
#include "tests/support/rng.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

constexpr uint64_t kMax = UINT64_MAX;
constexpr uint64_t kMs = 1'700'000'000'000;

std::string Encoded(const TrimRecord& record) {
  std::string bytes;
  EncodeTrimRecord(record, &bytes);
  return bytes;
}

HolesBitmap BitmapOf(const std::vector<uint64_t>& set) {
  HolesBitmap bitmap{};
  for (const uint64_t i : set) bitmap[i / 64] |= uint64_t{1} << i % 64;
  return bitmap;
}

std::map<std::string, TrimRecord> Records() {
  const EntryId largest = EntryId::Max();
  return {
      {"trim/empty", {.commit = 1}},
      {"trim/trimmed",
       {.first_offset = 300,
        .next_offset = 1000,
        .next_bytes = 52000,
        .last_id = {kMs, 7},
        .near = {kMs - 5, 0},
        .commit = 77}},
      {"trim/holes",
       {.first_offset = 1,
        .next_offset = 9,
        .next_bytes = 100,
        .last_id = {5, 9},
        .max_deleted_id = {5, 4},
        .near = {5, 1},
        .has_holes = true,
        .commit = 200}},
      {"trim/largest", {kMax, kMax, kMax, largest, largest, largest, true, kMax}},
  };
}

TEST(TrimCodecTest, Golden) {
  Golden rows;
  for (const auto& [name, record] : Records()) rows[name] = ToHex(Encoded(record));
  std::string dropped;
  EncodeDroppedMark(300, &dropped);
  rows["dropped"] = ToHex(dropped);
  HolesBitmap all;
  all.fill(kMax);
  rows["holes/first"] = ToHex(EncodeHoles(BitmapOf({0})));
  rows["holes/some"] = ToHex(EncodeHoles(BitmapOf({1, 8, 9, 63, 64})));
  rows["holes/last"] = ToHex(EncodeHoles(BitmapOf({1023})));
  rows["holes/all"] = ToHex(EncodeHoles(all));
  EXPECT_EQ(rows, ReadGolden("trims.txt"));
}

TEST(TrimCodecTest, RecordsAreReadAsWritten) {
  for (const auto& [name, record] : Records()) {
    TrimRecord read;
    ASSERT_OK(DecodeTrimRecord(ExactBytes(Encoded(record)).view(), &read)) << name;
    EXPECT_EQ(read, record) << name;
  }
}

TEST(TrimCodecTest, DamagedRecords) {
  for (const auto& [name, record] : Records()) {
    SCOPED_TRACE(name);
    ForEachDamage(Encoded(record), [&](std::string_view bytes, bool is_prefix) {
      TrimRecord read;
      const absl::Status status = DecodeTrimRecord(bytes, &read);
      if (is_prefix || !status.ok()) {
        ASSERT_THAT(status, StatusIs(absl::StatusCode::kDataLoss));
      } else {
        ASSERT_LE(read.first_offset, read.next_offset);
      }
    });
  }
}

TEST(TrimCodecTest, BitmapsAreReadAsWritten) {
  Rng rng(TestSeed(5));
  for (int round = 0; round < 200; ++round) {
    std::vector<uint64_t> set;
    for (uint64_t i = 1 + rng.Skewed(10); i > 0; --i) set.push_back(rng.Below(kHolesPerBlock));
    const HolesBitmap bitmap = BitmapOf(set);
    HolesBitmap read;
    ASSERT_OK(DecodeHoles(ExactBytes(EncodeHoles(bitmap)).view(), &read));
    EXPECT_EQ(read, bitmap);
  }
}

TEST(TrimCodecTest, BitmapsThatCannotBe) {
  HolesBitmap bitmap;
  for (const std::string& bytes :
       {std::string(), std::string(1, '\0'), std::string("a\0", 2), std::string(129, 'x')}) {
    EXPECT_THAT(DecodeHoles(bytes, &bitmap), StatusIs(absl::StatusCode::kDataLoss)) << bytes.size();
  }
  uint64_t commit;
  EXPECT_THAT(DecodeDroppedMark("", &commit), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(DecodeDroppedMark("ab", &commit), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace evlog
