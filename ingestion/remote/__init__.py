"""Sources that are reached over a network: websites, Git repositories, buckets and wikis."""
