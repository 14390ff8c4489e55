#include "cli/format.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "cli/stream_report.h"
#include "tests/cli/entry_builder.h"
#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

using std::string_literals::operator""s;
using ::testing::HasSubstr;

std::string Format(const std::string& format, const EntryView& entry, char terminator = '\n') {
  const auto formatter = MakeFormatter({format, terminator});
  if (!formatter.ok()) return formatter.status().ToString();
  std::string out;
  (*formatter)->Append(entry, {"s"}, &out);
  return out;
}

// As one entry of many streams.
std::string FormatOfMany(const std::string& format, const EntryView& entry,
                         std::string_view stream = "a b") {
  const auto formatter = MakeFormatter({format, '\n', /*many=*/true});
  if (!formatter.ok()) return formatter.status().ToString();
  std::string out;
  (*formatter)->Append(entry, {stream, {0x1f, 7, 0}}, &out);
  return out;
}

TEST(FormatTest, Text) {
  EntryBuilder entry({{"type", "created"}, {"by", "J. Doe"}, {"bin", "\x01"}});
  entry.Id({5, 3});
  EXPECT_EQ(Format("text", entry.view()), "5-3  -  type=created by=\"J. Doe\" bin=\"\\x01\"\n");
  entry.Key("user:7");
  EXPECT_EQ(Format("text", entry.view()),
            "5-3  user:7  type=created by=\"J. Doe\" bin=\"\\x01\"\n");
  entry.Key("-");
  EXPECT_THAT(Format("text", entry.view()), testing::StartsWith("5-3  \"-\"  "));
}

TEST(FormatTest, RawWritesEachValueAsItIs) {
  const std::string binary = "\0\n\xff"s;
  const EntryBuilder entry({{"a", "one"}, {"b", binary}, {"c", ""}});
  EXPECT_EQ(Format("raw", entry.view()), "one\t" + binary + "\t\n");
  EXPECT_EQ(Format("raw", entry.view(), '\0'), "one\t" + binary + "\t\0"s);
}

// docs/json-output.md promises these bytes: members may be added at the end, nothing else changes.
TEST(FormatTest, JsonContract) {
  EntryBuilder entry({{"a", "1"}, {"a", "\xff"}, {"\xfe", "z"}});
  entry.Id({5, 3}).Offset(2).Partition(1);
  EXPECT_EQ(Format("json", entry.view()),
            R"({"id":"5-3","offset":2,"partition":1,"key":null,"fields":)"
            R"([["a","1"],["a",{"base64":"/w=="}],[{"base64":"/g=="},"z"]]})"
            "\n");
  entry.Key("k");
  EXPECT_THAT(Format("json", entry.view()), HasSubstr(R"("key":"k",)"));
  entry.Key("\xff");
  EXPECT_THAT(Format("json", entry.view()), HasSubstr(R"("key":{"base64":"/w=="},)"));
  EXPECT_TRUE(nlohmann::json::accept(Format("json", entry.view())));
}

TEST(FormatTest, TemplateHasATerminator) {
  const EntryBuilder entry({{"a", "1"}});
  EXPECT_EQ(Format("{id}:{field:a}", entry.view()), "1-1:1\n");
  EXPECT_EQ(Format("{id}", entry.view(), '\0'), "1-1\0"s);
}

TEST(FormatTest, OfManyStreamsEachRecordNamesItsOwn) {
  const EntryBuilder entry({{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(FormatOfMany("text", entry.view()), "\"a b\"  1-1  -  a=1 b=2\n");
  EXPECT_EQ(FormatOfMany("raw", entry.view()), "a b\t1\t2\n");
  EXPECT_EQ(FormatOfMany("json", entry.view()),
            R"({"id":"1-1","offset":0,"partition":0,"key":null,"fields":[["a","1"],["b","2"]],)"
            R"("stream":"a b","position":"000000000000001f-7"})"
            "\n");
  EXPECT_THAT(FormatOfMany("json", entry.view(), "\xff"),
              HasSubstr(R"("stream":{"base64":"/w=="})"));
  EXPECT_EQ(FormatOfMany("{stream}@{position}", entry.view()), "a b@000000000000001f-7\n");
  EXPECT_EQ(Format("{stream}", entry.view()), "s\n");
  EXPECT_THAT(Format("{position}", entry.view()), HasSubstr("{position} is for a pattern"));
}

TEST(FormatTest, UnknownNamesAreRefused) {
  EXPECT_THAT(MakeFormatter({"yaml", '\n'}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"yaml\": text, json, raw")));
  EXPECT_THAT(MakeFormatter({"{nix}", '\n'}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("column 1")));
}

StreamInfo TwoPartitions() {
  StreamInfo info;
  info.name = "orders";
  info.options.partitions = 2;
  info.options.durability = Durability::kOs;
  info.options.retention = {1000, std::nullopt, absl::Hours(24 * 7), EntryId{2, 0}, false};
  info.options.expires_at = absl::UnixEpoch() + absl::Hours(24);
  info.entries = 3;
  info.bytes = 1031;
  info.last_id = {5, 1025};
  info.partitions = {{0, 2, 2, 20, {4, 0}, {}}, {7, 8, 1, 1011, {5, 1025}, {1, 1024}}};
  return info;
}

TEST(StreamReportTest, JsonContract) {
  std::string out;
  AppendStreamJson(TwoPartitions(), true, EntryId{3, 0}, &out);
  EXPECT_EQ(out, R"({"stream":"orders","partitions":2,"durability":"os","entries":3,)"
                 R"("last_id":"5-1025","bytes":1031,"first_offset":null,"next_offset":null,)"
                 R"("retention":{"max_entries":1000,"max_bytes":null,"max_age_ms":604800000,)"
                 R"("min_id":"2-0","exact":false},"expires_at":"1970-01-02T00:00:00.000Z",)"
                 R"("idempotence_window_ms":100000,"idempotence_ids":100,)"
                 R"("keep_unacknowledged_bytes":0,)"
                 R"("first_id":"3-0","partition_list":[)"
                 R"({"partition":0,"first_offset":0,"next_offset":2,"last_id":"4-0",)"
                 R"("entries":2,"bytes":20,"max_deleted_id":null},)"
                 R"({"partition":1,"first_offset":7,"next_offset":8,"last_id":"5-1025",)"
                 R"("entries":1,"bytes":1011,"max_deleted_id":"1-1024"}]})");
  out.clear();
  StreamInfo empty;
  empty.name = "\xff";
  empty.partitions.resize(1);
  AppendStreamJson(empty, true, &out);
  EXPECT_EQ(out, R"({"stream":{"base64":"/w=="},"partitions":1,"durability":"sync","entries":0,)"
                 R"("last_id":null,"bytes":0,"first_offset":0,"next_offset":0,"retention":null,)"
                 R"("expires_at":null,"idempotence_window_ms":100000,"idempotence_ids":100,)"
                 R"("keep_unacknowledged_bytes":0})");
}

TEST(StreamReportTest, TableIsAlignedAndGoesOn) {
  std::string out;
  StreamInfo empty;
  empty.name = "a name with spaces";
  empty.partitions.resize(1);
  StreamTable table;
  table.Append({TwoPartitions(), empty}, true, &out);
  EXPECT_EQ(out,
            "STREAM                PARTITIONS  DURABILITY  FIRST OFFSET  NEXT OFFSET  ENTRIES    "
            "SIZE  LAST ID  RETENTION                                      EXPIRES\n"
            "orders                         2  os                     -            -        3  "
            "1.0 kB  5-1025   max-entries=1000 max-age=7d min-id=2-0 approx  "
            "1970-01-02T00:00:00.000Z\n"
            "\"a name with spaces\"           1  sync                   0            0        0  "
            "   0 B  -        everything                                     never\n");
  out.clear();
  empty.name = "next";
  table.Append({empty}, true, &out);
  EXPECT_EQ(out,
            "next                           1  sync                   0            0        0  "
            "   0 B  -        everything                                     never\n");
}

TEST(StreamReportTest, TextNamesEachPartition) {
  std::string out;
  AppendStreamText(TwoPartitions(), true, {3, 0}, &out);
  EXPECT_EQ(out,
            "stream      orders\n"
            "partitions  2\n"
            "durability  os\n"
            "retention   max-entries=1000 max-age=7d min-id=2-0 approx\n"
            "expires     1970-01-02T00:00:00.000Z\n"
            "remembers   100 idempotence ids of a producer for 1m40s\n"
            "entries     3\n"
            "size        1.0 kB\n"
            "first id    3-0  1970-01-01T00:00:00.003Z\n"
            "last id     5-1025  1970-01-01T00:00:00.005Z\n"
            "\n"
            "PARTITION  FIRST OFFSET  NEXT OFFSET  ENTRIES    SIZE  LAST ID\n"
            "        0             0            2        2    20 B  4-0\n"
            "        1             7            8        1  1.0 kB  5-1025\n");
}

}  // namespace
}  // namespace evlog::cli
