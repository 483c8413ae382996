"""第一次全国政府网站普查的单项否决（2015）: a gate without points, judged on the same evidence as other schemes."""
