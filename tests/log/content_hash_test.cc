#include "log/content_hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/log/golden.h"
#include "tests/support/hex.h"
#include "tests/support/model_log.h"
#include "tests/support/rng.h"

namespace evlog {
namespace {

using std::string_literals::operator""s;

std::string IdOf(const std::vector<NewEntry>& entries) {
  internal::BatchData batch = internal::BatchData::Take(BatchOf(entries));
  return ContentIdOf(batch);
}

NewEntry Entry(OwnedFields fields, std::optional<std::string> key = std::nullopt) {
  return {std::move(key), std::nullopt, std::move(fields)};
}

TEST(ContentHashTest, Golden) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const NewEntry placed = Entry({{"type", "placed"}}), paid = Entry({{"type", "paid"}}, "bob");
  const std::map<std::string, std::vector<NewEntry>> cases = {
      {"one_field", {placed}},
      {"with_key", {Entry({{"type", "placed"}}, "ann")}},
      {"with_empty_key", {Entry({{"type", "placed"}}, "")}},
      {"two_fields", {Entry({{"type", "placed"}, {"by", "ann"}})}},
      {"field_twice", {Entry({{"v", "1"}, {"v", "1"}})}},
      {"empty_strings", {Entry({{"", ""}})}},
      {"words", {Entry({{"12345678", "123456789abcdef0"}, {"1234567", "123456789"}})}},
      {"binary", {Entry({{"\0\xff"s, all}})}},
      {"batch", {placed, paid}},
      {"batch_turned", {paid, placed}},
  };
  Golden ids;
  for (const auto& [name, entries] : cases) ids[name] = ToHex(IdOf(entries));
  EXPECT_EQ(ids, ReadGolden("content.txt"));
}

TEST(ContentHashTest, TheOrderOfFieldsDoesNotCount) {
  Rng rng(1);
  for (int round = 0; round < 200; ++round) {
    OwnedFields fields;
    for (uint64_t i = rng.Between(1, 6); i > 0; --i) {
      fields.emplace_back(rng.Bytes(rng.Below(3)), rng.Bytes(rng.Skewed(6)));
    }
    const std::string id = IdOf({Entry(fields)});
    for (size_t i = fields.size(); i > 1; --i) std::swap(fields[i - 1], fields[rng.Below(i)]);
    EXPECT_EQ(IdOf({Entry(fields)}), id);
  }
}

// However a batch is cut into segments, and whatever names entries share.
TEST(ContentHashTest, LargeBatches) {
  const NewEntry entry = Entry({{"name", std::string(30'000, 'x')}});
  std::set<std::string> ids;
  for (size_t count = 1; count <= 10; ++count) {
    ids.insert(IdOf(std::vector<NewEntry>(count, entry)));
  }
  EXPECT_EQ(ids.size(), 10u);
}

TEST(ContentHashTest, WhatDiffersHasAnotherId) {
  std::set<std::string> ids;
  size_t count = 0;
  const auto add = [&](const std::vector<NewEntry>& entries) {
    ++count;
    ids.insert(IdOf(entries));
  };
  // Where one string ends and the next begins.
  add({Entry({{"ab", "c"}})});
  add({Entry({{"a", "bc"}})});
  add({Entry({{"a", "b"}, {"c", ""}})});
  add({Entry({{"", "abc"}})});
  add({Entry({{"abc", ""}})});
  add({Entry({{"c", "ab"}})});
  // Names and values that change places.
  add({Entry({{"a", "1"}, {"b", "2"}})});
  add({Entry({{"a", "2"}, {"b", "1"}})});
  add({Entry({{"1", "a"}, {"2", "b"}})});
  // Zero bytes at the end.
  for (size_t zeros = 0; zeros < 20; ++zeros) add({Entry({{"v", std::string(zeros, '\0')}})});
  // Fields, entries and keys.
  add({Entry({{"a", "b"}})});
  add({Entry({{"a", "b"}, {"a", "b"}})});
  add({Entry({{"a", "b"}}), Entry({{"a", "b"}})});
  add({Entry({{"a", "b"}}, "k")});
  add({Entry({{"a", "b"}}, "k"), Entry({{"a", "b"}})});
  add({Entry({{"a", "b"}}), Entry({{"a", "b"}}, "k")});
  EXPECT_EQ(ids.size(), count);
}

TEST(ContentHashTest, EveryBitCounts) {
  const std::string value(40, 'v');
  std::set<std::string> firsts, seconds;  // the lanes
  for (size_t bit = 0; bit < value.size() * 8; ++bit) {
    std::string flipped = value;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    const std::string id = IdOf({Entry({{"v", flipped}})});
    firsts.insert(id.substr(0, 8));
    seconds.insert(id.substr(8));
  }
  EXPECT_EQ(firsts.size(), value.size() * 8);
  EXPECT_EQ(seconds.size(), value.size() * 8);
}

}  // namespace
}  // namespace evlog
