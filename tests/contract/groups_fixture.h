// What the tests of consumer groups share.
#ifndef EVLOG_TESTS_CONTRACT_GROUPS_FIXTURE_H_
#define EVLOG_TESTS_CONTRACT_GROUPS_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/contract/contract_test.h"

namespace evlog {

inline std::vector<std::string> ValuesOf(const Deliveries& deliveries) {
  std::vector<std::string> values;
  for (const Delivery& delivery : deliveries.runs) {
    for (const EntryView& entry : delivery.entries)
      values.emplace_back((*entry.fields.begin()).value);
  }
  return values;
}

inline std::vector<EntryId> IdsOf(const Deliveries& deliveries) {
  std::vector<EntryId> ids;
  for (const Delivery& delivery : deliveries.runs) {
    for (const EntryView& entry : delivery.entries) ids.push_back(entry.id);
  }
  return ids;
}

class GroupsTest : public ContractTest {
 protected:
  // Of the stream "s", from its first entry.
  Group MakeGroup(const GroupOptions& options = {}, std::string_view name = "g") {
    absl::StatusOr<Group> group = log().CreateGroup("s", name, options);
    EXPECT_OK(group);
    return *std::move(group);
  }
  void AddThree() {
    Stream stream = Create("s");
    for (const char* value : {"a", "b", "c"}) Add(stream, value);
  }
  static std::vector<std::string> ReadAll(Group& group, std::string_view consumer,
                                          uint64_t count = 100) {
    const absl::StatusOr<Deliveries> got = group.Read(consumer, {.count = count});
    EXPECT_OK(got);
    return got.ok() ? ValuesOf(*got) : std::vector<std::string>();
  }
  GroupReadOptions Within(absl::Duration time, uint64_t count = 100) {
    return {.count = count, .deadline = clock_.Now() + time};
  }
};

}  // namespace evlog

#endif  // EVLOG_TESTS_CONTRACT_GROUPS_FIXTURE_H_
