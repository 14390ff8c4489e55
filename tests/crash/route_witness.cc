#include "tests/crash/route_witness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/owned_entry.h"
#include "tests/support/status_matchers.h"

namespace evlog {

void RouteWitness::Add(const Record& record) {
  Publisher& publisher = publishers_[record.producer];
  const uint64_t end = record.first + record.count;
  published_ = true;
  if (record.kind == Record::kAttempt) {
    publisher.ends.insert(end);
  } else {
    publisher.acknowledged = end;
  }
}

void RouteWitness::JudgeRoutes(EventLog& log) {
  if (!published_) return;
  const absl::StatusOr<std::vector<Route>> routes = log.ListRoutes();
  ASSERT_OK(routes);
  std::vector<Route> expected;
  for (const RoutePlan& plan : RoutePlans()) expected.push_back(plan.route);
  ASSERT_THAT(*routes, ::testing::UnorderedElementsAreArray(expected));
}

void RouteWitness::JudgeStream(EventLog& log, size_t stream, Durability survives) {
  const RoutePlan& plan = RoutePlans()[stream];
  SCOPED_TRACE("stream " + plan.route.stream);
  const absl::StatusOr<std::vector<OwnedEntry>> entries =
      ReadAll(log, {.stream = plan.route.stream});
  if (absl::IsNotFound(entries.status()) && !published_) return;
  ASSERT_OK(entries);
  std::vector<std::vector<uint64_t>> found(kPublishers);
  for (const OwnedEntry& entry : *entries) {
    const uint16_t p = PublisherOf(entry);
    ASSERT_LT(p, kPublishers);
    const std::vector<uint64_t>& kept = publishers_[p].kept[stream];
    const size_t nth = found[p].size();
    const uint64_t number =
        nth < kept.size() ? kept[nth] : publishers_[p].next + (nth - kept.size());
    const NewEntry published = RoutedEntryOf(p, number, plan.route);
    ASSERT_EQ(entry.key, published.key);
    ASSERT_EQ(entry.fields, published.fields) << "publisher " << p << ", number " << number;
    found[p].push_back(number);
  }
  for (uint16_t p = 0; p < kPublishers; ++p) {
    if (!IsRouted(p, plan.route)) continue;
    SCOPED_TRACE("publisher " + std::to_string(p));
    Publisher& publisher = publishers_[p];
    ASSERT_GE(found[p].size(), publisher.kept[stream].size());
    const uint64_t end = publisher.next + (found[p].size() - publisher.kept[stream].size());
    ASSERT_TRUE(publisher.ends.count(end) != 0) << "no call ended at " << end;
    if (plan.options.durability >= survives) {
      ASSERT_GE(end, publisher.acknowledged) << "lost";
    }
    if (end < publisher.acknowledged) lost_ += publisher.acknowledged - end;
    kept_ += end - publisher.next;
    publisher.kept[stream] = std::move(found[p]);
  }
}

void RouteWitness::Judge(EventLog& log, Durability survives) {
  JudgeRoutes(log);
  for (size_t stream = 0; stream < RoutePlans().size(); ++stream) {
    if (!::testing::Test::HasFatalFailure()) JudgeStream(log, stream, survives);
  }
  for (Publisher& publisher : publishers_) {
    for (const std::vector<uint64_t>& kept : publisher.kept) {
      if (!kept.empty()) publisher.next = std::max(publisher.next, kept.back() + 1);
    }
    publisher.acknowledged = 0;
    publisher.ends = {publisher.next};
  }
}

}  // namespace evlog
