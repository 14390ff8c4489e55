// The bounds of an append, on both sides of each.
#include <string>

#include "tests/contract/contract_test.h"

namespace evlog {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class LimitsTest : public ContractTest {
 protected:
  // One entry of exactly so many bytes encoded, with one field.
  static Batch EntryOf(size_t bytes) {
    std::string value(bytes, 'x');
    for (;;) {
      Batch batch;
      batch.Add({{"v", value}}).IgnoreError();
      if (batch.bytes() <= bytes) return batch;
      value.resize(value.size() - (batch.bytes() - bytes));
    }
  }

  void OpenWith(const Limits& limits) {
    Close();
    OpenOptions options = Options();
    options.limits = limits;
    Open(options);
  }

  void ExpectRefused(const absl::StatusOr<AppendResult>& result, const std::string& limit) {
    EXPECT_THAT(result, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(limit)));
    EXPECT_OK(log().Health());
  }
};
INSTANTIATE_TEST_SUITE_P(Logs, LimitsTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

TEST_P(LimitsTest, BoundAnEntry) {
  OpenWith({.entry_bytes = 1000, .batch_bytes = 10000, .fields = 10, .key_bytes = 500});
  Stream stream = Create("s");
  Batch fits = EntryOf(1000);
  ASSERT_EQ(fits.bytes(), 1000u);
  EXPECT_OK(stream.Append(std::move(fits)));
  ExpectRefused(stream.Append(EntryOf(1001)), "entry_bytes is 1000");
  ExpectRefused(stream.Append({{"v", std::string(1000, 'x')}}), "entry_bytes");
  EXPECT_EQ(Add(stream, "next").offset, 1u);
  EXPECT_THAT(Read("s"), SizeIs(2));
}

TEST_P(LimitsTest, BoundABatch) {
  OpenWith({.entry_bytes = 1000, .batch_bytes = 2000, .fields = 10, .key_bytes = 500});
  Stream stream = Create("s");
  const std::string value(400, 'x');
  Batch batch;
  while (batch.bytes() < 1500) ASSERT_OK(batch.Add({{"v", value}}));
  const size_t count = batch.size();
  EXPECT_OK(stream.Append(std::move(batch)));
  Batch large;
  while (large.bytes() <= 2000) ASSERT_OK(large.Add({{"v", value}}));
  ExpectRefused(stream.Append(std::move(large)), "batch_bytes is 2000");
  EXPECT_THAT(Read("s"), SizeIs(count));
}

TEST_P(LimitsTest, BoundFieldsAndKeys) {
  OpenWith({.entry_bytes = 1000, .batch_bytes = 2000, .fields = 3, .key_bytes = 5});
  Stream stream = Create("s", {.partitions = 2});
  EXPECT_OK(stream.Append({{"a", "1"}, {"b", "2"}, {"c", "3"}}, {.key = "12345"}));
  ExpectRefused(stream.Append({{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}}), "fields is 3");
  ExpectRefused(stream.Append({{"a", "1"}}, {.key = "123456"}), "key_bytes is 5");
  EXPECT_THAT(Read("s"), SizeIs(1));
}

TEST_P(LimitsTest, AreWideByDefault) {
  const Limits limits;
  Stream stream = Create("s", {.durability = Durability::kOs});
  Batch fits = EntryOf(limits.entry_bytes);
  ASSERT_EQ(fits.bytes(), limits.entry_bytes);
  EXPECT_OK(stream.Append(std::move(fits)));
  ExpectRefused(stream.Append(EntryOf(limits.entry_bytes + 1)), "entry_bytes");

  std::vector<FieldView> fields(limits.fields, FieldView{"f", ""});
  EXPECT_OK(stream.Append(fields));
  fields.push_back({"f", ""});
  ExpectRefused(stream.Append(fields), "fields");

  const std::string key(limits.key_bytes + 1, 'k');
  EXPECT_OK(stream.Append({{"v", "x"}}, {.key = std::string_view(key).substr(1)}));
  ExpectRefused(stream.Append({{"v", "x"}}, {.key = key}), "key_bytes");

  EXPECT_EQ(Add(stream, "next").offset, 3u);
  Restart();
  const std::vector<OwnedEntry> entries = Read("s");
  ASSERT_THAT(entries, SizeIs(4));
  EXPECT_GT(entries[0].value("v").size(), limits.entry_bytes - 100);
  EXPECT_THAT(entries[1].fields, SizeIs(limits.fields));
  EXPECT_EQ(entries[2].key->size(), limits.key_bytes);
}

TEST_P(LimitsTest, OfWhatABatchTakesAtAll) {
  Batch batch;
  const std::vector<FieldView> fields(kFieldsMax + 1, FieldView{"", ""});
  EXPECT_THAT(batch.Add(fields), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(batch.empty());
}

}  // namespace
}  // namespace evlog
