#include "log/idempotence_codec.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/log/damage.h"
#include "tests/log/golden.h"
#include "tests/support/hex.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

constexpr uint64_t kMax = UINT64_MAX;
constexpr uint64_t kMs = 1'700'000'000'000;

std::string Encoded(const IdempotenceRecord& record) {
  std::string bytes;
  EncodeIdempotenceRecord(record, &bytes);
  return bytes;
}

std::map<std::string, IdempotenceRecord> Records() {
  return {
      {"sequence", {kMs, 7, {kMs, 0}, {kMs, 0}, 1, 0, 41, 9}},
      {"id", {kMs + 5, 0, {kMs + 5, 3 << 10 | 2}, {kMs + 5, 12 << 10 | 1}, 10, 2, 300, 1000}},
      {"first", {0, 0, {0, 1}, {0, 1}, 1, 0, 0, 1}},
      {"largest", {kMax, kMax, EntryId::Max(), EntryId::Max(), kMax, 1023, kMax, kMax}},
  };
}

TEST(IdempotenceCodecTest, Golden) {
  Golden rows;
  for (const auto& [name, record] : Records()) rows[name] = ToHex(Encoded(record));
  EXPECT_EQ(rows, ReadGolden("idempotence.txt"));
}

TEST(IdempotenceCodecTest, RecordsAreReadAsWritten) {
  for (const auto& [name, record] : Records()) {
    IdempotenceRecord read;
    ASSERT_OK(DecodeIdempotenceRecord(ExactBytes(Encoded(record)).view(), &read)) << name;
    EXPECT_EQ(read, record) << name;
  }
}

TEST(IdempotenceCodecTest, DamagedRecords) {
  for (const auto& [name, record] : Records()) {
    SCOPED_TRACE(name);
    ForEachDamage(Encoded(record), [&](std::string_view bytes, bool is_prefix) {
      IdempotenceRecord read;
      const absl::Status status = DecodeIdempotenceRecord(bytes, &read);
      if (is_prefix || !status.ok()) {
        ASSERT_THAT(status, StatusIs(absl::StatusCode::kDataLoss));
      } else {
        ASSERT_LE(read.first_id, read.last_id);
        ASSERT_NE(read.count, 0u);
        ASSERT_LT(read.partition, kPartitionsMax);
      }
    });
  }
}

TEST(IdempotenceCodecTest, RecordsThatCannotBe) {
  IdempotenceRecord good = Records()["id"], read;
  const std::string longer = Encoded(good) + '\0';
  EXPECT_THAT(DecodeIdempotenceRecord(longer, &read), StatusIs(absl::StatusCode::kDataLoss));
  IdempotenceRecord none = good;
  none.count = 0;
  EXPECT_THAT(DecodeIdempotenceRecord(Encoded(none), &read), StatusIs(absl::StatusCode::kDataLoss));
  IdempotenceRecord backwards = good;
  std::swap(backwards.first_id, backwards.last_id);
  EXPECT_THAT(DecodeIdempotenceRecord(Encoded(backwards), &read),
              StatusIs(absl::StatusCode::kDataLoss));
  IdempotenceRecord elsewhere = good;
  elsewhere.partition = kPartitionsMax;
  EXPECT_THAT(DecodeIdempotenceRecord(Encoded(elsewhere), &read),
              StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace evlog
