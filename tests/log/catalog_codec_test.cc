#include "log/catalog_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/log/damage.h"
#include "tests/log/golden.h"
#include "tests/support/hex.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

using std::string_literals::operator""s;

std::map<std::string, StreamRecord> Records() {
  return {
      {"stream/sync", {0, "orders", {1, Durability::kSync}}},
      {"stream/os", {1, "sensors", {16, Durability::kOs}}},
      {"stream/async", {15, "\0\xff"s, {1024, Durability::kAsync}}},
      {"stream/copy", {2, "copy", {1, Durability::kOs}, false, 300}},
      {"stream/raised", {0, "s", {1, Durability::kOs}, false, 0, {{300, 2}, -1}}},
      {"stream/unfinished", {2, "copy", {1, Durability::kOs}, true, 0}},
  };
}

TEST(CatalogCodecTest, RoutesAreReadAsTheyWereWritten) {
  for (const RouteRecord& record : {RouteRecord{2, 2, "id", true}, RouteRecord{0, 0, "", false},
                                    RouteRecord{255, 255, "", 1}}) {
    EXPECT_THAT(DecodeRouteRecord(EncodeRouteRecord(record)), IsOkAndHolds(record));
  }
  EXPECT_THAT(DecodeRouteRecord(FromHex("08 80 02")), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(DecodeRouteRecord(FromHex("08")), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(CatalogCodecTest, Golden) {
  Golden rows = {
      {"databases/exchanged", ReadGolden("catalog.txt").at("databases/exchanged")},
      {"route/json", ToHex(EncodeRouteRecord({2, 2, "id", true}))},
      {"route/quiet", ToHex(EncodeRouteRecord({1, 1, "", false}))},
      {"stream_id/first", ToHex(EncodeStreamId(StreamId(1)))},
      {"stream_id/largest", ToHex(EncodeStreamId(StreamId(UINT64_MAX)))},
  };
  for (const auto& [name, record] : Records()) rows[name] = ToHex(EncodeStreamRecord(record));
  EXPECT_EQ(rows, ReadGolden("catalog.txt"));
}

TEST(CatalogCodecTest, ReadsWhatItWrites) {
  for (const auto& [name, record] : Records()) {
    EXPECT_THAT(DecodeStreamRecord(EncodeStreamRecord(record)), IsOkAndHolds(record)) << name;
  }
  StreamRecord exact = Records().at("stream/os");
  exact.options.retention.exact = true;  // of limits that are still to come
  EXPECT_THAT(DecodeStreamRecord(EncodeStreamRecord(exact)), IsOkAndHolds(exact));
  for (const uint64_t id : {uint64_t{0}, uint64_t{1}, uint64_t{0x0102030405060708}, UINT64_MAX}) {
    EXPECT_THAT(DecodeStreamId(EncodeStreamId(StreamId(id))), IsOkAndHolds(StreamId(id)));
  }
}

// A later version may add fields: they do not disturb this one.
TEST(CatalogCodecTest, FieldsOfALaterVersionAreSkipped) {
  const StreamRecord record = Records()["stream/os"];
  EXPECT_THAT(DecodeStreamRecord(EncodeStreamRecord(record) + FromHex("f8 01 07")),
              IsOkAndHolds(record));
}

TEST(CatalogCodecTest, RecordsThatCannotBe) {
  const struct {
    const char* what;
    const char* hex;
  } cases[] = {
      {"nothing", ""},
      {"no name", "18 01 20 03"},
      {"no partitions", "12 01 61 20 03"},
      {"1025 partitions", "12 01 61 18 81 08 20 03"},
      {"no durability", "12 01 61 18 01"},
      {"a durability that there is not", "12 01 61 18 01 20 04"},
      {"a durability that is one modulo 256", "12 01 61 18 01 20 83 02"},
      {"database 256", "08 80 02 12 01 61 18 01 20 03"},
      {"a name past the end", "12 09 61 18 01 20 03"},
      {"no protobuf", "ff ff ff ff"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(DecodeStreamRecord(FromHex(c.hex)), StatusIs(absl::StatusCode::kDataLoss))
        << c.what;
  }
}

TEST(CatalogCodecTest, Damage) {
  for (const auto& [name, record] : Records()) {
    SCOPED_TRACE(name);
    // Without its last fields, which few streams have, a record is whole as well.
    const bool more = record.copied_through != 0 || record.floor != IdFloor();
    ForEachDamage(EncodeStreamRecord(record), [more](std::string_view bytes, bool is_prefix) {
      const absl::StatusOr<StreamRecord> decoded = DecodeStreamRecord(bytes);
      const bool whole = more && decoded.ok() && EncodeStreamRecord(*decoded) == bytes;
      if ((is_prefix && !whole) || !decoded.ok()) {
        ASSERT_THAT(decoded, StatusIs(absl::StatusCode::kDataLoss));
        return;
      }
      ASSERT_OK(decoded->options.Validate());
      ASSERT_THAT(DecodeStreamRecord(EncodeStreamRecord(*decoded)), IsOkAndHolds(*decoded));
    });
  }
  for (size_t size = 0; size < 20; ++size) {
    if (size == 8) continue;
    EXPECT_THAT(DecodeStreamId(std::string(size, '\0')), StatusIs(absl::StatusCode::kDataLoss));
  }
}

}  // namespace
}  // namespace evlog
