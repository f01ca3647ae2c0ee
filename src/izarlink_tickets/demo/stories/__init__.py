"""What happened to whom: the thirty tickets of the demo, told one by one."""

from izarlink_tickets.demo.stories import bakehouse, garage, office, shop

STORIES = (*bakehouse.STORIES, *shop.STORIES, *office.STORIES, *garage.STORIES)
